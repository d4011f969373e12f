"""Domain errors: raised where a rule lives, rendered in one place as problem details (RFC 9457)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong or missing, as data and as an English sentence.

    `code` is stable and is what the message catalogue translates; `params` are integers (money in pence) or text;
    `field` names the part of the input that it belongs to, or is empty.
    """

    code: str
    detail: str
    params: dict[str, int | str] = field(default_factory=dict)
    field: str = ""


def snake(name: str) -> str:
    """`VotingIsClosed` -> `voting_is_closed`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class DomainError(Exception):
    """A rule says no. The class name is a sentence and, in snake case, the stable `code` of the problem."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "That cannot be done"
    retry_after: int | None = None  # seconds after which the same request may well succeed, if waiting can help

    def __init__(self, detail: str, reasons: list[Reason] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reasons = reasons or []

    @property
    def code(self) -> str:
        """The stable code of the problem."""
        return snake(type(self).__name__)


class NotFound(DomainError):
    """The thing that was named does not exist, or is not public."""

    status = 404
    title = "Not found"


class SignInNeeded(DomainError):
    """Only somebody who has signed in may do this."""

    status = 401
    title = "Sign in first"


class NotAllowed(DomainError):
    """This person has no role that allows it here."""

    status = 403
    title = "Not allowed"


class ChangedBySomebodyElse(DomainError):
    """The record changed since the caller read it: nothing was overwritten."""

    status = 409
    title = "Somebody else changed this"


class InputIsWrong(DomainError):
    """The input breaks a rule; `reasons` lists every one at once."""

    status = 400
    title = "There is a problem"


class SecondOfficerNeeded(DomainError):
    """The one who asked cannot also be the one who approves."""

    status = 409
    title = "A second officer is needed"


class TooManyRequests(DomainError):
    """The caller's address has used up its allowance; some of it is back after `retry_after` seconds."""

    status = 429
    title = "Too many attempts"

    def __init__(self, what: str, retry_after: int) -> None:
        super().__init__(f"Too many {what} from your network. Please try again in {retry_after} seconds.")
        self.retry_after = retry_after


class TryAgain(DomainError):
    """The service has more to do than it can, or its database is away; it should be back after `retry_after` seconds.

    What was asked may have been done, if it is not known whether a commit arrived. A cast that is sent again with the
    same idempotency key gets the same receipt and is not counted twice.
    """

    status = 503
    title = "Please try again in a moment"

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class SettingsError(Exception):
    """A setting does not parse; the message is one sentence for the terminal."""
