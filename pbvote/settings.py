"""Settings: one frozen value, read once from `PBVOTE_*` variables. Documented in docs/operating.md."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from pbvote.emails import is_email
from pbvote.errors import SettingsError

PREFIX = "PBVOTE_"
DATABASE_DRIVERS = ("sqlite+aiosqlite", "postgresql+psycopg")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PUBLISHED = ("en", "qps")  # the languages that every page has words in; qps is English made to look translated
HIGHEST_PORT = 65_535
SHORTEST_TOKEN = 20
MAIL_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Mail:
    """Where e-mail goes, and from whom: to an SMTP server or, as files, into a folder.

    `encryption` is `tls` from the first byte, `starttls` (never without), or `none`, for a server on this machine. The
    password is not in the repr.
    """

    sender: str
    folder: Path | None = None
    host: str = ""
    port: int = 0
    encryption: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs.

    `database_url` is a SQLAlchemy URL (`sqlite+aiosqlite:///...` or `postgresql+psycopg://...`); `keys_dir` holds the
    secrets that link electors to ballots and must lie outside `data_dir`; `base_url` is the address that people type,
    and the only origin that may send writes; `trusted_proxies` are the addresses whose X-Forwarded-For is believed;
    `replica_url` is a standby of a PostgreSQL database for public reading, or empty;
    `mail` is where e-mail goes, or None where none is sent; `metrics_token` is what monitoring shows to
    read `/metrics`.
    """

    data_dir: Path
    keys_dir: Path
    database_url: str
    base_url: str
    host: str
    port: int
    partnership: str
    locales: tuple[str, ...]
    trusted_proxies: frozenset[str]
    mail: Mail | None
    metrics_token: str = field(default="", repr=False)
    replica_url: str = ""

    @property
    def name(self) -> str:
        """The host that people type, with its port if it has one: what the signing key is named after."""
        return urlsplit(self.base_url).netloc

    @property
    def embedded(self) -> bool:
        """True on SQLite, which the server creates and migrates by itself."""
        return self.database_url.startswith("sqlite")

    @property
    def database_file(self) -> Path | None:
        """The file of an embedded database."""
        return _sqlite_file(self.database_url)


DEFAULTS: dict[str, str] = {
    "DATA_DIR": "pbvote-data",
    "KEYS_DIR": "pbvote-keys",
    "DATABASE_URL": "",
    "REPLICA_URL": "",
    "BASE_URL": "",
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "PARTNERSHIP": "Your partnership",
    "LOCALES": "en",
    "TRUSTED_PROXIES": "",
    "MAIL": "",
    "MAIL_FROM": "",
    "METRICS_TOKEN": "",
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read `PBVOTE_*`; raise SettingsError with one sentence that names the variable and what was expected."""
    names = {name for name in environ if name.startswith(PREFIX)}
    if unknown := sorted(names - {PREFIX + key for key in DEFAULTS}):
        known = ", ".join(PREFIX + key for key in DEFAULTS)
        raise SettingsError(f"{unknown[0]} is not a setting of pbvote; the settings are {known}.")
    value = {key: _text(key, environ) or default for key, default in DEFAULTS.items()}
    data_dir, keys_dir = _folder("DATA_DIR", value), _folder("KEYS_DIR", value)
    database_url = _database_url(value["DATABASE_URL"] or f"sqlite+aiosqlite:///{quote(str(data_dir))}/pbvote.db")
    _keys_lie_outside(keys_dir, data_dir, f"PBVOTE_DATA_DIR {data_dir}")
    if file := _sqlite_file(database_url):
        _keys_lie_outside(keys_dir, file.parent, f"{file.parent}, the folder of the database in PBVOTE_DATABASE_URL")
    port = _port(value["PORT"])
    host = f"[{value['HOST']}]" if ":" in value["HOST"] else value["HOST"]
    return Settings(
        data_dir=data_dir,
        keys_dir=keys_dir,
        database_url=database_url,
        base_url=_base_url(value["BASE_URL"] or f"http://{host}:{port}"),
        host=value["HOST"],
        port=port,
        partnership=value["PARTNERSHIP"],
        locales=_locales(value["LOCALES"]),
        trusted_proxies=_addresses(value["TRUSTED_PROXIES"]),
        mail=_mail(value["MAIL"], value["MAIL_FROM"]),
        metrics_token=_token(value["METRICS_TOKEN"]),
        replica_url=_replica_url(value["REPLICA_URL"], database_url),
    )


def _text(key: str, environ: Mapping[str, str]) -> str:
    text = environ.get(PREFIX + key, "").strip()
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SettingsError(f"{PREFIX}{key} cannot be read; expected text in UTF-8.") from None
    return text


def _folder(key: str, value: Mapping[str, str]) -> Path:
    try:
        folder = Path(value[key]).resolve()
        there_and_no_folder = folder.exists() and not folder.is_dir()
    except (OSError, RuntimeError):  # RuntimeError: links that lead in a circle
        there_and_no_folder = True
    if there_and_no_folder:
        raise SettingsError(
            f"{PREFIX}{key} is {value[key]}, which is no folder; expected one, or a path to make it at."
        )
    return folder


def _keys_lie_outside(keys_dir: Path, folder: Path, name: str) -> None:
    if keys_dir.is_relative_to(folder):
        raise SettingsError(
            f"PBVOTE_KEYS_DIR is {keys_dir}, which lies inside {name}; expected a folder outside it, so that a copy "
            "of the data never holds the keys."
        )


def _port(text: str) -> int:
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST_PORT))
    if not digits or not 1 <= int(text) <= HIGHEST_PORT:
        raise SettingsError(f"PBVOTE_PORT is {text!r}; expected a port number from 1 to {HIGHEST_PORT}.")
    return int(text)


def _database_url(text: str) -> str:
    """Nothing of the address but its beginning is repeated: it may hold a password."""
    driver, separator, rest = text.partition("://")
    if driver not in DATABASE_DRIVERS or not separator:
        expected = " or ".join(f"{driver}://..." for driver in DATABASE_DRIVERS)
        raise SettingsError(f"PBVOTE_DATABASE_URL starts with {text.split(':', 1)[0]!r}; expected {expected}.")
    if driver.startswith("sqlite") and not re.fullmatch(r"/(?!:memory:$|file:)[^?]+", rest):
        raise SettingsError("PBVOTE_DATABASE_URL names no file; expected sqlite+aiosqlite:///FILE.")
    return text


def _replica_url(text: str, database_url: str) -> str:
    """Nothing of the address is repeated: it may hold a password."""
    if text and not (text.startswith("postgresql+psycopg://") and database_url.startswith("postgresql")):
        raise SettingsError(
            "PBVOTE_REPLICA_URL cannot be used; expected postgresql+psycopg://..., a standby of the PostgreSQL "
            "database in PBVOTE_DATABASE_URL."
        )
    return text


def _sqlite_file(database_url: str) -> Path | None:
    driver, _, rest = database_url.partition("://")
    return Path(unquote(rest.removeprefix("/"))).resolve() if driver.startswith("sqlite") else None


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        address = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        address = False
    if not address or parts.scheme not in {"http", "https"} or parts.path.rstrip("/") or parts.query:
        raise SettingsError(f"PBVOTE_BASE_URL is {text!r}; expected an address such as https://vote.example.org.")
    return f"{parts.scheme}://{parts.netloc}"


def _locales(text: str) -> tuple[str, ...]:
    locales = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not locales or not set(locales) <= set(PUBLISHED):
        raise SettingsError(f"PBVOTE_LOCALES is {text!r}; expected languages out of {', '.join(PUBLISHED)}, by commas.")
    return locales


def _token(text: str) -> str:
    """Nothing of the token is repeated."""
    if text and not re.fullmatch(rf"[A-Za-z0-9._~+/=-]{{{SHORTEST_TOKEN},}}", text):  # RFC 6750, section 2.1
        raise SettingsError(
            f"PBVOTE_METRICS_TOKEN cannot be used; expected {SHORTEST_TOKEN} or more letters, digits or any of -._~+/=."
        )
    return text


def _addresses(text: str) -> frozenset[str]:
    addresses = frozenset(part.strip() for part in text.split(",") if part.strip())
    for address in addresses:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise SettingsError(f"PBVOTE_TRUSTED_PROXIES names {address!r}; expected IP addresses.") from None
    return addresses


def _mail(text: str, sender: str) -> Mail | None:
    """Nothing of the address is repeated: it may hold a password."""
    if not text:
        return None
    if not is_email(sender):
        raise SettingsError(f"PBVOTE_MAIL_FROM is {sender!r}; expected the address that e-mail comes from.")
    if text.startswith("file:"):
        return Mail(sender, folder=_folder("MAIL", {"MAIL": text.removeprefix("file:") or "."}))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or MAIL_PORTS[parts.scheme]
        user, password = unquote(parts.username or "", errors="strict"), unquote(parts.password or "", errors="strict")
        more = [parts.path.strip("/"), parts.query, parts.fragment]
    except (KeyError, ValueError):  # another scheme; a port that is no number; a name that is not in UTF-8
        host, more = None, []
    if not host or parts.scheme not in MAIL_PORTS or any(more) or bool(user) != bool(password):
        raise SettingsError(
            "PBVOTE_MAIL cannot be read; expected smtp://USER:PASSWORD@HOST:PORT, smtps://USER:PASSWORD@HOST:PORT or "
            "file:FOLDER."
        )
    encryption = "tls" if parts.scheme == "smtps" else "none" if host in LOOPBACK else "starttls"
    return Mail(sender, None, host, port, encryption, user, password)
