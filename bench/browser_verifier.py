"""What checking a bundle costs in a browser: in Node.js, and in Chromium if it is there.

Run: .venv/bin/python -m bench.browser_verifier [BALLOTS]
Seconds and memory; the figures are those of the machine that it names.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.ballotbox import BALLOTS, BATCH, POLL, bundle_of, opening_of
from pbvote.ballotbox.bundle_files import write_bundle

ROOT = Path(__file__).resolve().parents[1]
NODE = Path(sys.executable).with_name("node")
RULE: tuple[str, dict[str, Any]] = ("equal-shares", {"completion": "add1u", "utility": "cost"})
CHROMIUM = shutil.which("chromium")
# In the page: the check in its worker, and the longest time for which the page itself did not answer.
IN_THE_PAGE = """address => new Promise(resolve => {
  const started = performance.now();
  let [last, longest] = [started, 0];
  const ticks = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 10);
  const worker = new Worker('/frontend/js/verify/worker.js', { type: 'module' });
  worker.onmessage = ({ data }) => {
    if ('step' in data) return;
    clearInterval(ticks);
    resolve({ code: data.report?.code, seconds: (performance.now() - started) / 1000, longest });
  };
  worker.onerror = error => resolve({ error: error.message });
  worker.postMessage({ address, bundle: null, keys: '', checkpoint: null, receipts: [] });
})"""


def main(ballots: int) -> None:
    """Make a bundle and check it in both."""
    print(
        f"{platform.machine()}, {os.cpu_count()} CPUs, {platform.python_implementation()} {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "bundle.zip")
        file.write_bytes(write_bundle(bundle_of([opening_of(POLL) for _ in range(ballots)], *RULE)))
        size = file.stat().st_size / 1e6
        print(f"A bundle of {ballots:,} ballots, {size:.0f} MB, with a checkpoint for every {BATCH} of them:")
        told = in_node(file)
        steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in told["steps"].items())
        print(f"Node.js: {told['seconds']:.1f} s ({steps}), {told['megabytes']} MB at most, verdict {told['code']}")
        if CHROMIUM:
            with serving(file) as address:
                told = in_chromium(CHROMIUM, address)
            print(
                f"Chromium: {told['seconds']:.1f} s with fetching it, {told['megabytes']} MB at most in the page's "
                f"process; the page was busy for {told['longest']:.0f} ms at most; verdict {told['code']}"
            )


def in_node(file: Path) -> dict[str, Any]:
    """What bench/browser_verifier.mjs prints."""
    program = Path(__file__).with_suffix(".mjs")
    command = [str(NODE), "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", str(program), str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # our own program
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def in_chromium(chromium: str, address: str) -> dict[str, Any]:
    """The same from a page, and the memory of its process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"{address}/empty.html")
        told: dict[str, Any] = page.evaluate(IN_THE_PAGE, f"{address}/bundle.zip")
        told["megabytes"] = peak_of(page)
        browser.close()
    return told


def peak_of(page: Page) -> int:
    """The most memory that a renderer process of this browser had, in MB, as the kernel counts it."""
    browser = page.context.browser
    session = browser.new_browser_cdp_session() if browser else None
    found = session.send("SystemInfo.getProcessInfo") if session else {}
    renderers = [process["id"] for process in found.get("processInfo", []) if process["type"] == "renderer"]
    return max((peak(number) for number in renderers), default=0)


def peak(process: int) -> int:
    """The peak of a process' resident memory in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) // 1_024 for line in lines if line.startswith("VmHWM")), 0)


@contextmanager
def serving(bundle: Path) -> Iterator[str]:
    """The checkout's files, an empty page and the bundle, on a free port of this machine."""

    class Files(http.server.SimpleHTTPRequestHandler):
        def translate_path(self, path: str) -> str:
            return str(bundle) if path == "/bundle.zip" else super().translate_path(path)

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path != "/empty.html":
                super().do_GET()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=str(ROOT)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else BALLOTS)
