"""The ways out for e-mail: what is refused, what is put off, and that nothing secret is said to the wrong one."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from pbvote.errors import SettingsError
from pbvote.notices.mailers import ConnectionLost, FileMailer, NeverAgain, SmtpMailer, TryLater, mailer_of
from pbvote.notices.messages import Message, NotAMessageError, compose
from pbvote.settings import Mail, read_settings
from tests.notices.smtp import HANG_UP, SILENCE, Post, certificate, serving

SENDER = "votes@example.org"
MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MESSAGE = Message("ann@example.net", "A vote was recorded — świetnie", "A line.\n.\nAnother; 100 % = all.\n", "en")
PASSWORD = "correct horse battery"


def smtp(post: Post, encryption: str = "none", *, trusted: Path | None = None, secret: bool = False) -> SmtpMailer:
    user = {"user": "votes", "password": PASSWORD} if secret else {}
    mail = Mail(SENDER, host="127.0.0.1", port=post.port, encryption=encryption, **user)  # type: ignore[arg-type]
    return SmtpMailer(mail, 0.3, lambda: ssl.create_default_context(cafile=trusted))


def deliver(mailer: SmtpMailer | FileMailer, message: Message = MESSAGE, id_: UUID | None = None) -> None:
    connection = mailer.connect()
    try:
        connection.send(message.to, compose(message, id_ or uuid4(), SENDER, "Tarnshire, the Partnership", MOMENT))
    finally:
        connection.close()


@pytest.mark.parametrize(
    "message",
    [
        Message("ann@example.net\r\nBcc: all@example.net", "A vote", "Text.", "en"),
        Message("ann@example.net, bob@example.net", "A vote", "Text.", "en"),
        Message("ann@example.net", "A vote\r\nBcc: all@example.net", "Text.", "en"),
        Message("ann@example.net", "A vote\nX: y", "Text.", "en"),
        Message("ann@example.net", "A vote\u2028X: y", "Text.", "en"),
    ],
)
def test_nothing_becomes_a_header_that_is_none(message: Message) -> None:
    with pytest.raises(NotAMessageError) as refused:
        compose(message, uuid4(), SENDER, "Tarnshire", MOMENT)
    assert "Bcc" not in str(refused.value)


def test_a_body_cannot_end_the_message_or_begin_a_header() -> None:
    text = "\r\n.\r\nMAIL FROM:<x@example.net>\r\nBcc: all@example.net\r\n"
    with serving(Post()) as post:
        deliver(smtp(post), Message("ann@example.net", "A vote", text, "en"))
        [(to, received)] = post.received
    assert to == "ann@example.net"
    assert set(received.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }
    assert [said.lower() for said in post.said if said[:4].lower() == "mail"] == [f"mail from:<{SENDER}>"]


def test_a_message_arrives_as_it_was_written() -> None:
    id_ = uuid4()
    with serving(Post()) as post:
        deliver(smtp(post), id_=id_)
        [(to, received)] = post.received
    assert to == MESSAGE.to
    assert received["Subject"] == MESSAGE.subject
    assert received["From"] == f'"Tarnshire, the Partnership" <{SENDER}>'
    assert received["To"] == MESSAGE.to
    assert received["Message-ID"] == f"<{id_}@example.org>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received.get_content().replace("\r\n", "\n") == MESSAGE.text


def test_without_encryption_nothing_secret_is_said_to_another_machine() -> None:
    with serving(Post()) as post, pytest.raises(ConnectionLost) as refused:
        deliver(smtp(post, "starttls", secret=True))
    assert not post.signed_in
    assert not post.received
    assert PASSWORD not in str(refused.value)
    assert refused.value.__cause__ is None


def test_on_this_machine_a_password_may_go_without() -> None:
    with serving(Post()) as post:
        deliver(smtp(post, "none", secret=True))
    assert post.signed_in == [("votes", PASSWORD)]
    assert len(post.received) == 1


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["unknown", "another name"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(tmp_path: Path, encryption: str, wrong: str) -> None:
    context = certificate(tmp_path, "mail.example.com" if wrong == "another name" else "127.0.0.1")
    trusted = tmp_path / "trusted.pem" if wrong == "another name" else None
    post = Post(tls=context) if encryption == "tls" else Post(starttls=context)
    with serving(post), pytest.raises(ConnectionLost, match="SSLCertVerificationError"):
        deliver(smtp(post, encryption, trusted=trusted, secret=True))
    assert not post.signed_in
    assert not post.received


@pytest.mark.parametrize("encryption", ["starttls", "tls"])
def test_a_server_that_proves_its_name_gets_the_message(tmp_path: Path, encryption: str) -> None:
    context = certificate(tmp_path)
    post = Post(tls=context) if encryption == "tls" else Post(starttls=context)
    with serving(post):
        deliver(smtp(post, encryption, trusted=tmp_path / "trusted.pem", secret=True))
    assert post.signed_in == [("votes", PASSWORD)]
    assert post.addresses == [MESSAGE.to]


@pytest.mark.parametrize(
    ("verb", "answer", "kind"),
    [
        ("CONNECT", "421 too busy", ConnectionLost),
        ("CONNECT", SILENCE, ConnectionLost),
        ("EHLO", HANG_UP, ConnectionLost),
        ("AUTH", "535 wrong password", ConnectionLost),
        ("MAIL", "451 later", TryLater),
        ("MAIL", "550 not you", TryLater),
        ("RCPT", "450 mailbox busy", TryLater),
        ("RCPT", "550 no such person", NeverAgain),
        ("RCPT", SILENCE, ConnectionLost),
        ("DATA", "451 later", TryLater),
        ("DATA", "554 no", NeverAgain),
        ("DATA", HANG_UP, ConnectionLost),
        ("END", "452 full", TryLater),
        ("END", "554 looks like spam", NeverAgain),
        ("END", HANG_UP, ConnectionLost),
    ],
)
def test_each_refusal_is_for_now_or_for_ever(verb: str, answer: str, kind: type[Exception]) -> None:
    with serving(Post(answers={verb: [answer]})) as post, pytest.raises(kind) as refused:
        deliver(smtp(post, secret=True))
    assert refused.type is kind
    assert not post.received
    said = str(refused.value)
    assert not any(secret in said for secret in (MESSAGE.to, PASSWORD, "votes", "no such person", "spam"))


def test_a_server_that_is_not_there_is_for_later() -> None:
    with serving(Post()) as post:
        gone = smtp(post)
    with pytest.raises(ConnectionLost, match="ConnectionRefusedError"):
        gone.connect()


def test_a_message_becomes_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    id_ = uuid4()
    deliver(FileMailer(SENDER, tmp_path / "mail"), id_=id_)
    [file] = (tmp_path / "mail").iterdir()
    assert file.name == f"{id_}.eml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == MESSAGE.to


def test_a_folder_that_cannot_be_made_is_for_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(ConnectionLost):
        FileMailer(SENDER, tmp_path / "mail").connect()


def mail_of(text: str, sender: str = SENDER) -> Mail | None:
    return read_settings({"PBVOTE_MAIL": text, "PBVOTE_MAIL_FROM": sender}).mail


@pytest.mark.parametrize(
    "text",
    [
        *("mail.example.org", "http://mail.example.org", "http://mail.example.org:25", "smtp://", "smtp://host:mail"),
        *(
            "smtp://votes@host",
            "smtp://:secret-word@host",
            "smtp://host/path",
            "smtp://host?secret-word",
            "smtp://h:99999",
        ),
        "smtp://votes:secret-word%FF@host",
    ],
)
def test_a_setting_that_does_not_parse_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(SettingsError, match="PBVOTE_MAIL cannot be read") as refused:
        mail_of(text)
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize("sender", ["", "votes", "votes@example.org\nBcc: all@example.org"])
def test_mail_needs_an_address_that_it_comes_from(sender: str) -> None:
    with pytest.raises(SettingsError, match="PBVOTE_MAIL_FROM"):
        mail_of("smtp://mail.example.org", sender)


@pytest.mark.parametrize(
    ("text", "host", "port", "encryption"),
    [
        ("smtp://mail.example.org", "mail.example.org", 587, "starttls"),
        ("smtp://votes:p%40ss@mail.example.org:2525", "mail.example.org", 2525, "starttls"),
        ("smtps://mail.example.org", "mail.example.org", 465, "tls"),
        ("smtps://127.0.0.1", "127.0.0.1", 465, "tls"),
        ("smtp://127.0.0.1:25", "127.0.0.1", 25, "none"),
        ("smtp://[::1]", "::1", 587, "none"),
        ("smtp://localhost.example.org", "localhost.example.org", 587, "starttls"),
    ],
)
def test_only_this_machine_is_spoken_to_without_encryption(text: str, host: str, port: int, encryption: str) -> None:
    mail = mail_of(text)
    assert mail
    assert (mail.host, mail.port, mail.encryption) == (host, port, encryption)
    assert mail.password in {"", "p@ss"}


def test_no_setting_means_no_mail(tmp_path: Path) -> None:
    assert mail_of("") is None
    folder = mail_of(f"file:{tmp_path / 'mail'}")
    assert folder == Mail(SENDER, folder=tmp_path / "mail")
    assert isinstance(mailer_of(folder), FileMailer)


def test_no_password_is_printed() -> None:
    settings = read_settings({"PBVOTE_MAIL": "smtp://votes:secret-word@h", "PBVOTE_MAIL_FROM": SENDER})
    assert settings.mail
    assert settings.mail.password == "secret-word"
    assert "secret-word" not in repr(settings)
    assert "secret-word" not in repr(mailer_of(settings.mail))
