"""One thread that writes transactions whole: the event loop goes on while it works and waits for the disk.

Through the event loop, each statement costs some hops between threads, or turns of the loop; here a transaction costs
one. What is written is the same `async` code as everywhere: its session answers at once, so it never has to wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from pbvote.db.clock import Clock
from pbvote.db.turn import Turn

T = TypeVar("T")
Work = Callable[[AsyncSession], Coroutine[Any, Any, T]]


@dataclass(frozen=True, slots=True)
class WritingThread:
    """The thread, its engine, which has one connection, and on SQLite its turn, which begins with a transaction."""

    engine: Engine
    clock: Clock
    turn: Turn | None = None
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "writing"))

    async def run(self, work: Work[T]) -> T:
        """One transaction, as `Database.session(write=True, quiet=True)`: committed when the work ends well.

        The work may wait for nothing but its session.
        """
        return await asyncio.get_running_loop().run_in_executor(self.thread, self._transaction, work)

    def _transaction(self, work: Work[T]) -> T:
        try:
            with Session(self.engine, expire_on_commit=False, info={"clock": self.clock}) as session:
                result = _at_once(work(cast("AsyncSession", _AtOnce(session))))
                session.commit()
                return result
        finally:
            if self.turn:
                self.turn.give_on()

    def close(self) -> None:
        """End the thread when it has written, and close its connection."""
        self.thread.shutdown()
        self.engine.dispose()
        if self.turn:
            self.turn.close()


@dataclass(slots=True)
class _AtOnce:
    """What casting needs of an AsyncSession, on a session that answers before it returns."""

    session: Session

    @property
    def info(self) -> dict[Any, Any]:
        return self.session.info

    def get_bind(self) -> Engine | Connection:
        return self.session.get_bind()

    async def execute(self, *asked: Any) -> Any:  # noqa: ANN401  # typed where it is used, as AsyncSession's
        return self.session.execute(*asked)

    async def scalars(self, *asked: Any) -> Any:  # noqa: ANN401  # see above
        return self.session.scalars(*asked)

    async def scalar(self, *asked: Any) -> Any:  # noqa: ANN401  # see above
        return self.session.scalar(*asked)

    def begin_nested(self) -> AbstractAsyncContextManager[None]:
        return self._nested()

    @asynccontextmanager
    async def _nested(self) -> AsyncIterator[None]:
        with self.session.begin_nested():
            yield


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of what never has to wait."""
    try:
        work.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    work.close()
    raise RuntimeError("a transaction in the writing thread waited for something else than its database")
