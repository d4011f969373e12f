"""The secrets: files outside the data directory and outside the database's backups.

`installation` has the keys that serve every vote; `polls` those of a single vote, which are destroyed once its result
is certified; `board` keeps a vote's seal key under the passphrases of three people, any two of whom can open the box.
"""

from pbvote.keys.installation import Keys, keys_exist, make_keys, read_keys

__all__ = ["Keys", "keys_exist", "make_keys", "read_keys"]
