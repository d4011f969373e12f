"""Messages: what an elector is told, and the e-mail that is made of it (RFC 5322). Pure."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

import msgspec

from pbvote.emails import MOST, is_email
from pbvote.plain_text import refused_character

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/\[\]-]+")


class NotAMessageError(ValueError):
    """Somebody tries to put more into a header than belongs there; no part of it is repeated."""


class Message(msgspec.Struct, frozen=True):
    """What is sent to one address; to an empty one nothing is. After `until` it is of no use to anybody.

    `unsubscribe` is where one request ends mails of this kind, for those that somebody asked for.
    """

    to: str
    subject: str
    text: str
    language: str
    until: datetime | None = None
    unsubscribe: str = ""

    def require_headers(self) -> None:
        """Raise NotAMessageError unless all that stands in the head is one line each, and the addresses are some."""
        bad_link = self.unsubscribe and not _ADDRESS.fullmatch(self.unsubscribe)
        if bad_link or (self.to and not is_email(self.to)) or refused_character(self.subject) is not None:
            raise NotAMessageError("A message has an address or a subject that could become another header.")

    def padded(self) -> Message:
        """The same with an address of the greatest length, so that its seal does not tell whether there is one."""
        return msgspec.structs.replace(self, to=self.to.ljust(MOST))

    def trimmed(self) -> Message:
        """The same without what `padded` added."""
        return msgspec.structs.replace(self, to=self.to.rstrip(" "))


def compose(message: Message, id_: UUID, sender: str, name: str, moment: datetime) -> EmailMessage:
    """The e-mail, the same for every try: its id is that of the row, so that mail programs know a second copy.

    Raises NotAMessageError as `require_headers`.
    """
    message.require_headers()
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=name, addr_spec=sender)
    made["To"] = Address(addr_spec=message.to)
    made["Subject"] = message.subject
    made["Date"] = moment
    made["Message-ID"] = f"<{id_}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices come back
    if message.unsubscribe:
        made["List-Unsubscribe"] = f"<{message.unsubscribe}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058: nobody has to open a page
    made.set_content(message.text, cte="quoted-printable")
    made["Content-Language"] = message.language
    return made
