"""A mail server for tests: a real one on a thread and a socket of this machine, which answers as it is told to."""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SILENCE = "silence"  # an answer that never comes
HANG_UP = "hang up"


@dataclass
class Post:
    """What a server was told, and how it answers.

    `answers` has the next answers by verb, each used once; after them the server does as it should.
    """

    starttls: ssl.SSLContext | None = None
    tls: ssl.SSLContext | None = None
    answers: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    received: list[tuple[str, EmailMessage]] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)
    finished: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def addresses(self) -> list[str]:
        return sorted(to for to, _ in self.received)


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        post = self.server.post
        self.encrypted = post.tls is not None
        self.to = ""
        try:
            if self.answer("CONNECT", "220 mail.example.org"):
                while line := self.rfile.readline():
                    text = line.decode().strip()
                    post.said.append(text)
                    if not self.hear(text.partition(" ")[0].upper(), text):
                        return
        except (OSError, ssl.SSLError):
            return  # the client hung up, or does not like our certificate

    def answer(self, verb: str, usual: str) -> str:
        """What was answered; nothing if the talk is over."""
        waiting = self.server.post.answers.get(verb, [])
        text = waiting.pop(0) if waiting else usual
        if text == SILENCE:
            self.server.post.finished.wait()
        if text in {SILENCE, HANG_UP}:
            return ""
        self.wfile.write(f"{text}\r\n".encode())
        return text

    def hear(self, verb: str, text: str) -> str:
        post, usual = self.server.post, "250 ok"
        match verb:
            case "EHLO":
                offers = ["mail.example.org", *(["STARTTLS"] if post.starttls and not self.encrypted else [])]
                usual = "\r\n".join([*(f"250-{offer}" for offer in offers), "250 AUTH PLAIN"])
            case "STARTTLS":
                usual = "220 go on" if post.starttls else "502 no"
            case "AUTH":
                _, user, password = base64.b64decode(text.split()[2]).decode().split("\0")
                post.signed_in.append((user, password))
                usual = "235 welcome"
            case "RCPT":
                self.to = text.partition("<")[2].partition(">")[0]
            case "DATA":
                usual = "354 go on"
        answered = self.answer(verb, usual)
        if verb == "DATA" and answered.startswith("354"):
            return self.take()
        if verb == "STARTTLS" and answered.startswith("220") and post.starttls:
            self.request = post.starttls.wrap_socket(self.request, server_side=True)
            self.setup()
            self.encrypted = True
        return "" if verb == "QUIT" else answered

    def take(self) -> str:
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b"..") else line)
        if not self.server.post.answers.get("END"):  # noted first: when the client knows, so do we
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.server.post.received.append((self.to, message))
        return self.answer("END", "250 taken")

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.request.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = True
    allow_reuse_address = True

    def __init__(self, post: Post) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.post = post

    def get_request(self) -> tuple[socket.socket, Any]:
        request, address = super().get_request()
        if self.post.tls is not None:
            request = self.post.tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        return request, address


@contextmanager
def serving(post: Post) -> Iterator[Post]:
    """Serve mail on a port of this machine."""
    with _Server(post) as server:
        post.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield post
        finally:
            post.finished.set()
            server.shutdown()
            thread.join()


def certificate(folder: Path, name: str = "127.0.0.1") -> ssl.SSLContext:
    """A server's TLS with a certificate of its own making, which also stands in `folder`/trusted.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.DNSName(name)] if name[-1].isalpha() else [x509.IPAddress(ip_address(name))]
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "trusted.pem").write_bytes(pem)
    (folder / "server.pem").write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
