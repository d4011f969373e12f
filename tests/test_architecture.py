"""Who may import whom: the contracts of pyproject.toml hold, and each of them can fail."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

# Contract -> a module and the import in it that the contract must report.
OFFENCES = {
    "layers": ("pbvote/forums/service.py", "from pbvote.rounds import models as offence"),
    "tally-alone": ("pbvote/tally/election.py", "from pbvote import symbols as offence"),
    "recount-alone": ("pbvote/recount/adapter.py", "from pbvote.tally import ties as offence"),
    "verify-alone": ("pbvote/verify/counting.py", "from pbvote.tally import money as offence"),
    "ballotbox-alone": ("pbvote/ballotbox/canonical.py", "from pbvote import errors as offence"),
    "pure": ("pbvote/rounds/calendar.py", "import sqlalchemy as offence"),
    "web-apart": ("pbvote/voting/service.py", "import litestar as offence"),
    "web-below-api": ("pbvote/rounds/readiness.py", "from pbvote.web import access as offence"),
    "web-knows-accounts": ("pbvote/web/limits.py", "from pbvote.roll import codes as offence"),
    "models-below-verbs": ("pbvote/voting/models.py", "from pbvote.roll import service as offence"),
}


def lint_imports(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Check the package that lies in `folder` by the contracts of this checkout."""
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--no-logo", "--no-cache", "--config", str(ROOT / "pyproject.toml"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def test_every_contract_is_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_every_contract_has_an_offence_below() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    assert [contract["id"] for contract in contracts] == list(OFFENCES)


@pytest.mark.parametrize("contract", OFFENCES)
def test_an_offending_import_is_reported(contract: str, tmp_path: Path) -> None:
    name, offence = OFFENCES[contract]
    shutil.copytree(ROOT / "pbvote", tmp_path / "pbvote", ignore=shutil.ignore_patterns("__pycache__"))
    module = tmp_path / name
    module.write_text(f"{module.read_text()}\n{offence}\n")
    done = lint_imports(tmp_path, "--contract", contract)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
    assert name.removesuffix(".py").replace("/", ".") in done.stdout


def sqlalchemy_names(source: str) -> set[str]:
    """What a module takes from SQLAlchemy."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.split(".")[0] == "sqlalchemy"}
    return names


APIS = sorted([*ROOT.glob("pbvote/*/api.py"), *ROOT.glob("pbvote/*/api/*.py")])


@pytest.mark.parametrize("path", APIS, ids=lambda path: str(path.relative_to(ROOT / "pbvote")))
def test_an_api_module_knows_nothing_of_sql_but_the_session(path: Path) -> None:
    assert sqlalchemy_names(path.read_text()) <= {"AsyncSession"}


def test_sql_in_an_api_module_would_be_seen() -> None:
    assert sqlalchemy_names("import sqlalchemy as sa\nfrom sqlalchemy.orm import selectinload") == {
        "sqlalchemy",
        "selectinload",
    }


def test_the_locked_build_requirements_are_those_of_the_build() -> None:
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_the_lock_names_no_address_and_hashes_everything(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith(" ")]
    hashes = [line for line in lines if line.startswith(" ")]
    assert all("==" in line and line.endswith("\\") for line in pins)
    assert all(line.strip().startswith("--hash=sha256:") for line in hashes)
