"""The ways out for e-mail: an SMTP server (RFC 5321), or a folder of files.

Nothing here is logged, and no error repeats an address, a password or what a server said: they say what kind of thing
went wrong, and the server's three digits.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from pbvote.settings import Mail

SECONDS = 20.0  # for each answer of the server
PERMANENT = range(500, 600)


class TryLater(Exception):
    """It did not work now."""


class ConnectionLost(TryLater):
    """It did not work now, and nothing more will over this connection."""


class NeverAgain(Exception):
    """The server will not take this message, however often it is sent."""


class Connection(Protocol):
    """An open way out. It blocks, so it belongs in a thread."""

    def send(self, to: str, message: EmailMessage) -> None:
        """Send one message. Raises TryLater, ConnectionLost or NeverAgain."""

    def close(self) -> None:
        """Say goodbye, if anybody listens."""


class Mailer(Protocol):
    """A way out, and who sends."""

    @property
    def sender(self) -> str:
        """The address that mail comes from."""

    def connect(self) -> Connection:
        """Open the way out. Raises ConnectionLost."""


def mailer_of(mail: Mail) -> Mailer:
    """The mailer of these settings."""
    return FileMailer(mail.sender, mail.folder) if mail.folder is not None else SmtpMailer(mail)


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Sends over SMTP. Without STARTTLS nothing is said to a server on another machine, no password least of all.

    The server's certificate is checked against the host's name.
    """

    mail: Mail
    seconds: float = SECONDS
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context

    @property
    def sender(self) -> str:
        """The address that mail comes from."""
        return self.mail.sender

    def connect(self) -> Connection:
        """Open a connection and sign in. Raises ConnectionLost."""
        mail, own_name = self.mail, self.mail.sender.rpartition("@")[2]
        server: smtplib.SMTP | None = None
        try:
            if mail.encryption == "tls":
                server = smtplib.SMTP_SSL(mail.host, mail.port, own_name, timeout=self.seconds, context=self.context())
            else:
                server = smtplib.SMTP(mail.host, mail.port, own_name, timeout=self.seconds)
            if mail.encryption == "starttls":
                server.starttls(context=self.context())
            if mail.user:
                server.login(mail.user, mail.password)
        except (OSError, smtplib.SMTPException) as error:
            if server is not None:
                server.close()
            raise ConnectionLost(_kind(error)) from None
        return _Smtp(server, mail.sender)


@dataclass(frozen=True, slots=True)
class _Smtp:
    server: smtplib.SMTP
    sender: str

    def send(self, to: str, message: EmailMessage) -> None:
        try:
            self.server.send_message(message, self.sender, [to])
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            raise _refusal(code) from None
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code) from None
        except smtplib.SMTPResponseException as error:  # what it has against us is not the message's fault
            raise TryLater(_kind(error)) from None
        except (OSError, smtplib.SMTPException) as error:
            raise ConnectionLost(_kind(error)) from None

    def close(self) -> None:
        try:
            self.server.quit()
        except (OSError, smtplib.SMTPException):
            self.server.close()


def _refusal(code: int) -> Exception:
    return NeverAgain(f"refused with {code}") if code in PERMANENT else TryLater(f"refused with {code}")


def _kind(error: Exception) -> str:
    name = type(error).__name__
    return f"{name} {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else name


@dataclass(frozen=True, slots=True)
class FileMailer:
    """Writes each message into a file of its own, for a demo and for trying things out: everything in the clear."""

    sender: str
    folder: Path

    def connect(self) -> Connection:
        """Make the folder. Raises ConnectionLost."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ConnectionLost(_kind(error)) from None
        return self

    def send(self, to: str, message: EmailMessage) -> None:
        """Write the message, complete before it has its name. Raises TryLater."""
        del to
        name = message["Message-ID"].strip("<>").partition("@")[0]
        unfinished = self.folder / f".{name}"
        try:
            file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(file, "wb") as stream:
                stream.write(message.as_bytes())
            unfinished.replace(self.folder / f"{name}.eml")
        except OSError as error:
            raise TryLater(_kind(error)) from None

    def close(self) -> None:
        """Nothing to say."""
