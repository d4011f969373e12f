"""The documentation as a contract: what exists is documented, what is linked exists, no file points at a machine."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import pbvote
from pbvote.cli import cli
from pbvote.errors import DomainError, snake
from pbvote.settings import DEFAULTS, PREFIX
from pbvote.tally import RULES

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md"]

LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

# What must never stand in a tracked file: where somebody's packages come from, and where somebody's checkout lies.
FOREIGN = {
    "a registry's address": re.compile(r"//registry\.|/packages/[0-9a-f]{2}/|/-/[\w.-]+\.tgz|index-url|find-links"),
    "a resolved npm package": re.compile(r'"resolved": *"http'),
    "a machine's path": re.compile(r"(?<![\w.])/(?:home/\w+|root|Users/\w+|work)/\w"),
}
UNREAD = frozenset({".webp", ".png", ".woff2", ".ico", ".fuzz", ".ttf", ".zip"})


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


def commands(command: click.Command, name: str = "pbvote") -> Iterator[tuple[str, click.Command]]:
    """Every command that can be run, by its full name."""
    context = click.Context(command)
    if not isinstance(command, click.Group):
        yield name, command
        return
    for part in command.list_commands(context):
        found = command.get_command(context, part)
        assert found is not None, f"{name} {part} is listed and cannot be imported"
        yield from commands(found, f"{name} {part}")


COMMANDS = dict(commands(cli))


def section(name: str) -> str:
    """What docs/commands.md says under the heading of a command."""
    for part in text_of("commands.md").split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        if re.fullmatch(rf"`{name}( [A-Z ]+)?`", heading):
            return f"{heading}\n{body}"
    return ""


def problem_codes() -> dict[str, int]:
    """The code and status of every domain error, from every module of the package."""
    for module in pkgutil.walk_packages(pbvote.__path__, "pbvote."):
        importlib.import_module(module.name)

    def below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    return {snake(one.__name__): one.status for one in below(DomainError) if one.__module__.startswith("pbvote.")}


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_setting_is_documented(name: str) -> None:
    row = re.search(rf"^\| `{PREFIX}{name}` \| (.+?) \| .+ \|$", text_of("operating.md"), re.MULTILINE)
    assert row, f"docs/operating.md has no row for {PREFIX}{name}"
    if default := DEFAULTS[name]:
        assert row[1] == f"`{default}`"


def test_no_setting_is_documented_that_does_not_exist() -> None:
    served = [page for page in PAGES if page.name != "campaigns.md"]  # which names variables of tests
    named = {name for page in served for name in re.findall(rf"{PREFIX}([A-Z_]*[A-Z])", page.read_text())}
    assert named <= set(DEFAULTS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    said = section(name)
    assert said, f"docs/commands.md has no section `{name}`"
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Argument):
            assert f" {parameter.human_readable_name.upper()}" in said.splitlines()[0]
        elif not (isinstance(parameter, click.Option) and parameter.hidden):  # what only pbvote itself passes on
            for option in (*parameter.opts, *parameter.secondary_opts):
                assert f"`{option}`" in said, f"docs/commands.md does not explain {name} {option}"


def test_no_option_is_documented_that_does_not_exist() -> None:
    for name, command in COMMANDS.items():
        there = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert set(re.findall(r"`(--[a-z-]+)`", section(name))) <= there, name


@pytest.mark.parametrize("name", RULES)
def test_every_rule_and_parameter_is_documented(name: str) -> None:
    said = text_of("tally.md")
    assert f"`{name}`" in said
    for parameter in RULES[name].parameters:
        assert f"`{parameter.name}`" in said, f"docs/tally.md does not explain {name}'s parameter {parameter.name}"


def test_every_problem_is_documented_with_its_status() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (\d+) \| .+ \|$", text_of("problems.md"), re.MULTILINE))
    codes = problem_codes()
    assert len(codes) > 20
    assert {code: rows.get(code) for code in codes} == {code: str(status) for code, status in codes.items()}
    of_the_web = {"bad_parameter", "method_not_allowed", "request_entity_too_large", "internal_error"}
    assert set(rows) - set(codes) == of_the_web


def test_the_two_commands_of_readme_are_in_the_makefile() -> None:
    shown = re.findall(r"^make (\w+)$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert shown == ["demo", "test"]
    makefile = (ROOT / "Makefile").read_text()
    named = {target for page in PAGES for target in re.findall(r"`make (\w+)", page.read_text())}
    for target in {*shown, *named}:
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), f"the Makefile has no target {target}"


def targets(page: Path) -> list[str]:
    """Where a page's links lead, without those to other sites."""
    links = LINK.findall(FENCED.sub("", page.read_text()))
    return [link for link in links if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in targets(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name} links to {link}"


def test_the_links_are_found_at_all() -> None:
    assert "docs/operating.md" in targets(ROOT / "README.md")


def tracked() -> list[Path]:
    """Every file under version control."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]


def foreign_words(text: str) -> list[str]:
    return [what for what, pattern in FOREIGN.items() if pattern.search(text)]


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    files = [path for path in tracked() if path.suffix not in UNREAD and path != Path(__file__).resolve()]
    assert len(files) > 100
    found = {str(path.relative_to(ROOT)): words for path in files if (words := foreign_words(path.read_text()))}
    assert found == {}


@pytest.mark.parametrize(
    "text", ["--extra-index-url x", '"resolved": "https://x/y.tgz"', "see /home/kim/pbvote", "at /Users/kim/x"]
)
def test_such_words_would_be_found(text: str) -> None:
    assert foreign_words(text)
