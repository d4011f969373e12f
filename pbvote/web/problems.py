"""Every error as RFC 9457 problem details, in one place and one shape."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from pbvote.db.away import is_passing
from pbvote.errors import DomainError, InputIsWrong, Reason, TryAgain, snake

MEDIA_TYPE = "application/problem+json"
AGAIN_SECONDS = 2
log = logging.getLogger("pbvote.web")


class ReasonOut(msgspec.Struct, frozen=True):
    """One reason, as data and as a sentence."""

    code: str
    params: dict[str, int | str]
    detail: str
    field: str

    @classmethod
    def of(cls, reason: Reason) -> ReasonOut:
        """The reason as it is sent."""
        return cls(reason.code, reason.params, reason.detail, reason.field)


class Problem(msgspec.Struct, frozen=True):
    """A problem: `code` is stable, `detail` a sentence, `reasons` every single thing that is wrong."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    reasons: list[ReasonOut]


class BadRequestBody(InputIsWrong):
    """The body is not the JSON that this route expects."""

    title = "The request cannot be read"


class StrictRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded strictly, straight into the handler's declared type.

    Litestar converts leniently: "1" would pass as a number. Here it is refused, with the place and what was expected.
    """

    async def json(self) -> Any:  # noqa: ANN401  # the type is the handler's
        """The body as the type that the handler declares for `data`. Raises BadRequestBody."""
        expected = self.route_handler.parsed_data_field
        try:
            return msgspec.json.decode(await self.body(), type=expected.annotation if expected else Any)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            detail = f"The request body is not what this address expects: {error}."
            raise BadRequestBody(detail, [Reason("bad_request_body", detail, {}, "")]) from None


def answer(request: Request[Any, Any, Any], error: DomainError) -> Response[Problem]:
    """A domain error as a problem."""
    del request
    response = Response(problem_of(error), status_code=error.status, media_type=MEDIA_TYPE)
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    return response


def answer_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What Litestar itself refuses (no such route, wrong method, too large, bad parameter), as a problem."""
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return answer_unexpected(request, error)
    reasons = []
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        for item in error.extra:
            detail, field = str(item.get("message", "")), str(item.get("key", ""))
            if field == "data":
                detail = "This address expects a JSON body."
            reasons.append(ReasonOut("bad_parameter", {}, detail, field))
    status = HTTPStatus(error.status_code)
    code = "bad_parameter" if reasons else snake(status.phrase.title().replace(" ", "").replace("-", ""))
    detail = " ".join(reason.detail for reason in reasons) or f"{error.detail}."
    return _response(status, code, status.phrase, detail, reasons)


def answer_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A mistake of ours: logged by its kind and place only, for its words may hold a ballot.

    A database that is away for a moment, as when a standby takes over, is no mistake: whoever asked may ask again.
    """
    if is_passing(error):
        log.warning("%s %s: the database is away: %s", request.method, request.route_handler, type(error).__name__)
        return answer(request, TryAgain(_away(request.method), AGAIN_SECONDS))
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s %s failed: %s\n%s", request.method, request.route_handler, type(error).__name__, frames)
    detail = "Something went wrong on our side. Nothing was changed. Please try again."
    return _response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", "Internal error", detail, [])


def _away(method: str) -> str:
    if method in {"GET", "HEAD", "OPTIONS"}:
        return "The service is away for a moment. Please try again."
    detail = "The service is away for a moment, and it is not known whether what you sent was stored."
    return f"{detail} Please look, and try again."


def problem_of(error: DomainError) -> Problem:
    """A domain error as it is sent."""
    reasons = [ReasonOut.of(reason) for reason in error.reasons]
    return _problem(error.status, error.code, error.title, error.detail, reasons)


def _problem(status: int, code: str, title: str, detail: str, reasons: list[ReasonOut]) -> Problem:
    return Problem(f"urn:pbvote:problem:{code}", title, int(status), detail, code, reasons)


def _response(status: int, code: str, title: str, detail: str, reasons: list[ReasonOut]) -> Response[Problem]:
    problem = _problem(status, code, title, detail, reasons)
    return Response(problem, status_code=int(status), media_type=MEDIA_TYPE)
