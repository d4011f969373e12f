"""What pages written by commands have in common: the frame, the look, and where the figures come from."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pbvote.tally.money import money_text

TEMPLATES = "pbvote.commands"


@dataclass(frozen=True, slots=True)
class Source:
    """The file that was counted, its SHA-256, and the command that counts it again."""

    name: str
    sha256: str
    command: str

    @classmethod
    def of(cls, file: Path) -> Source:
        """The file, counted by the command that is running."""
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return cls(file.name, digest, typed(click.get_current_context()))


def typed(context: click.Context) -> str:
    """The command as it can be typed again beside its files."""
    words = ["pbvote", context.info_name or ""]
    for parameter in context.command.params:
        value, name = context.params.get(parameter.name or ""), parameter.opts[0]
        if context.get_parameter_source(parameter.name or "") is not ParameterSource.COMMANDLINE:
            continue
        if isinstance(parameter, click.Argument):
            words.append(Path(str(value)).name)
        elif isinstance(value, bool):
            words.append(name if value else parameter.secondary_opts[0])
        else:
            words += [name, value.name if isinstance(value, Path) else str(value)]
    return shlex.join(words)


@dataclass(frozen=True, slots=True)
class Amounts:
    """How a page writes money: minor units of a currency."""

    currency: str
    minor_units: int

    def money(self, minor: int | Fraction) -> str:
        """An amount with its currency."""
        return money_text(Fraction(minor), self.currency, self.minor_units)

    def plain(self, minor: int | Fraction) -> str:
        """An amount where the currency is said elsewhere."""
        return money_text(Fraction(minor), "", self.minor_units)


def page(template: str, title: str, source: Source, amounts: Amounts, context: Mapping[str, Any]) -> str:
    """The page that a template makes. It loads nothing: its only style is its own, which its policy names by hash."""
    environment = _environment()
    style = Markup(_style())  # noqa: S704  our own file
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template(template).render(
        title=title,
        source=source,
        style=style,
        style_hash=f"sha256-{digest}",
        unit=f" (amounts in {amounts.currency})" if amounts.currency else "",
        money=amounts.money,
        plain=amounts.plain,
        number=lambda value: f"{value:,}",
        **context,
    )


def width(share: Fraction) -> str:
    """The width of a bar, of 100."""
    return f"{float(100 * share):.2f}"


@cache
def _environment() -> Environment:
    loader = PackageLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _style() -> str:
    return (Path(__file__).parent / "templates" / "page.css").read_text()
