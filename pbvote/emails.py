"""E-mail addresses of electors, read strictly: what is stored here is written into the header of a message one day.

Only the plain form of RFC 5321 (section 4.1.2: a dot-string, an at sign, a domain name), in ASCII: no quotation marks,
no comments, no address literals, no line breaks. A domain in another script is written in its `xn--` form.
"""

from __future__ import annotations

import re

MOST = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
MOST_LOCAL = 64  # 4.5.3.1.1

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}")


def is_email(text: str) -> bool:
    """Whether mail can be sent to this, as it stands."""
    return len(text) <= MOST and text.find("@") <= MOST_LOCAL and _EMAIL.fullmatch(text) is not None


def email_key(email: str) -> str:
    """An address as it is compared: case does not count."""
    return email.strip().lower()
