"""Settings: one frozen value, read once from `PBVOTE_*` variables. Documented in docs/operating.md."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pbvote.errors import SettingsError

PREFIX = "PBVOTE_"
DATABASE_DRIVERS = ("sqlite+aiosqlite", "postgresql+psycopg")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs.

    `database_url` is a SQLAlchemy URL (`sqlite+aiosqlite:///...` or `postgresql+psycopg://...`); `keys_dir` holds the
    secrets that link electors to ballots and must lie outside `data_dir`; `base_url` is the address that people type,
    and the only origin that may send writes; `trusted_proxies` are the addresses whose X-Forwarded-For is believed.
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

    @property
    def embedded(self) -> bool:
        """True on SQLite, which the server creates and migrates by itself."""
        return self.database_url.startswith("sqlite")


DEFAULTS: dict[str, str] = {
    "DATA_DIR": "pbvote-data",
    "KEYS_DIR": "pbvote-keys",
    "DATABASE_URL": "",
    "BASE_URL": "",
    "HOST": "127.0.0.1",
    "PORT": "8000",
    "PARTNERSHIP": "Your partnership",
    "LOCALES": "en",
    "TRUSTED_PROXIES": "",
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read `PBVOTE_*`; raise SettingsError with one sentence that names the variable and what was expected."""
    names = {name for name in environ if name.startswith(PREFIX)}
    if unknown := sorted(names - {PREFIX + key for key in DEFAULTS}):
        known = ", ".join(PREFIX + key for key in DEFAULTS)
        raise SettingsError(f"{unknown[0]} is not a setting of pbvote; the settings are {known}.")
    value = {key: environ.get(PREFIX + key, "").strip() or default for key, default in DEFAULTS.items()}
    data_dir, keys_dir = Path(value["DATA_DIR"]).resolve(), Path(value["KEYS_DIR"]).resolve()
    if keys_dir == data_dir or keys_dir.is_relative_to(data_dir):
        raise SettingsError(
            f"PBVOTE_KEYS_DIR is {keys_dir}, which lies inside PBVOTE_DATA_DIR {data_dir}; expected a folder outside "
            "it, so that a copy of the data never holds the keys."
        )
    port = _port(value["PORT"])
    return Settings(
        data_dir=data_dir,
        keys_dir=keys_dir,
        database_url=_database_url(value["DATABASE_URL"] or f"sqlite+aiosqlite:///{data_dir}/pbvote.db"),
        base_url=_base_url(value["BASE_URL"] or f"http://{value['HOST']}:{port}"),
        host=value["HOST"],
        port=port,
        partnership=value["PARTNERSHIP"],
        locales=tuple(part.strip() for part in value["LOCALES"].split(",") if part.strip()),
        trusted_proxies=_addresses(value["TRUSTED_PROXIES"]),
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65_535:  # noqa: PLR2004  # the highest TCP port
        raise SettingsError(f"PBVOTE_PORT is {text!r}; expected a port number from 1 to 65535.")
    return int(text)


def _database_url(text: str) -> str:
    if text.split(":", 1)[0] not in DATABASE_DRIVERS:
        expected = " or ".join(f"{driver}://..." for driver in DATABASE_DRIVERS)
        raise SettingsError(f"PBVOTE_DATABASE_URL starts with {text.split(':', 1)[0]!r}; expected {expected}.")
    return text


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.rstrip("/") or parts.query:
        raise SettingsError(f"PBVOTE_BASE_URL is {text!r}; expected an address such as https://vote.example.org.")
    return f"{parts.scheme}://{parts.netloc}"


def _addresses(text: str) -> frozenset[str]:
    addresses = frozenset(part.strip() for part in text.split(",") if part.strip())
    for address in addresses:
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise SettingsError(f"PBVOTE_TRUSTED_PROXIES names {address!r}; expected IP addresses.") from None
    return addresses
