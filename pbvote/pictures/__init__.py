"""Photos that people send: decoded and encoded anew in a process of their own, so that nothing else of them is kept.

The child process has little time, little memory, no network and no files. What comes out is two WebP pictures without
any metadata; what cannot be read is refused with a sentence that says what was expected.
"""

from pbvote.pictures.workshop import MOST_BYTES, Picture, PictureRefused, Workshop

__all__ = ["MOST_BYTES", "Picture", "PictureRefused", "Workshop"]
