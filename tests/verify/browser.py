"""The browser's modules, run by Node.js and asked one question after another."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NODE = Path(sys.executable).with_name("node")
PROGRAM = Path(__file__).parent / "node" / "answer.mjs"


class Refused(Exception):
    """The module threw MalformedError or NotAuthenticError."""


class Browser:
    """A process that answers as the page's modules would. Used as a context manager."""

    def __enter__(self) -> Self:
        command = [str(NODE), "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", str(PROGRAM)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.stdout.close()
        self._process.wait(10)

    def ask(self, call: str, **given: Any) -> Any:
        """What the module says. Raises Refused."""
        [answer] = self.ask_all([{"call": call, **given}])
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer["answer"]

    def ask_all(self, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers to a few questions at once, in order: `{"answer": ...}` or `{"refused": why}`."""
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise RuntimeError("no process")
        answers = []
        for question in questions:
            to.write(f"{json.dumps(question)}\n")
            to.flush()
            line = back.readline()
            if not line:
                raise RuntimeError(f"the modules stopped at {str(question)[:200]}")
            answers.append(json.loads(line))
        return answers
