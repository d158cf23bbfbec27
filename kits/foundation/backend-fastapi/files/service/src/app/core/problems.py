"""Expected failures, answered as RFC 9457 problem details."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one field of the input."""

    field: str
    message: str
    code: str = ""


class ProblemDetails(BaseModel):
    """A failure, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = []
    request_id: str = ""


class Problem(Exception):
    """An expected failure with a stable type."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = "/problems/bad-request"
    title: ClassVar[str] = "Bad request"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class BadRequest(Problem):
    """The request cannot be understood."""


class Unauthenticated(Problem):
    """The caller is unknown."""

    status = 401
    type = "/problems/unauthenticated"
    title = "Sign in first"


class Forbidden(Problem):
    """The caller lacks a permission."""

    status = 403
    type = "/problems/forbidden"
    title = "Not allowed"


class NotFound(Problem):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    type = "/problems/not-found"
    title = "Not found"


class Conflict(Problem):
    """The request contradicts what is there."""

    status = 409
    type = "/problems/conflict"
    title = "Conflict"


class PreconditionFailed(Problem):
    """The thing has changed since the caller saw it."""

    status = 412
    type = "/problems/precondition-failed"
    title = "Changed in the meantime"


class Invalid(Problem):
    """The input is understood, but not acceptable."""

    status = 422
    type = "/problems/invalid"
    title = "Invalid input"


class TooManyRequests(Problem):
    """The caller has to slow down."""

    status = 429
    type = "/problems/too-many-requests"
    title = "Too many requests"


class Answer(Exception):
    """Ends a request with a response that is ready, and rolls its transaction back."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def respond(details: ProblemDetails, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response that carries a problem."""
    return JSONResponse(
        details.model_dump(mode="json", exclude_defaults=True),
        status_code=details.status,
        media_type=MEDIA_TYPE,
        headers=dict(headers or {}),
    )


def details_of(problem: Problem, request_id: str = "") -> ProblemDetails:
    """What is told about a problem."""
    return ProblemDetails(
        type=problem.type,
        title=problem.title,
        status=problem.status,
        detail=problem.detail,
        errors=list(problem.errors),
        request_id=request_id,
    )


def _request_id(request: Request) -> str:
    found = request.scope.get("state", {}).get("request_id", "")
    return found if isinstance(found, str) else ""


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return respond(details_of(error, _request_id(request)), error.headers)


async def _answer(_: Request, error: Exception) -> Response:
    assert isinstance(error, Answer)
    return error.response


def _allowed(request: Request) -> str:
    """The methods of all routes that have this path."""
    methods: set[str] = set()
    for pattern, of_path in request.app.state.paths:
        if pattern.match(request.url.path):
            methods |= of_path
    return ", ".join(sorted(methods))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _allowed(request)
    details = ProblemDetails(
        type="about:blank",
        title=str(error.detail),
        status=error.status_code,
        request_id=_request_id(request),
    )
    return respond(details, headers)


def _field(location: Sequence[Any]) -> str:
    """A dotted name: `body.name` becomes `name`, `query.limit` stays."""
    parts = [str(part) for part in location]
    return ".".join(parts[1:] if parts[:1] == ["body"] and parts[1:] else parts)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError(field=_field(item["loc"]), message=item["msg"], code=item["type"])
        for item in error.errors()
    ]
    return respond(details_of(Invalid(errors=errors), _request_id(request)))


def install(app: FastAPI) -> None:
    """Answer every expected error as a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(Answer, _answer)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
