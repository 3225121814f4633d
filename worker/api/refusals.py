"""The refusals of Easemob's API, by name: the words that its SDKs know, and what they make of them.

The status, the error and the description decide which of its errors an SDK shows; a test lists them.
"""

from typing import Any

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from worker.clock import wall_clock


class Refusal(HTTPException):
    """An answer that is no success, in Easemob's words."""

    def __init__(
        self,
        status: int,
        error: str,
        description: str,
        exception: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, description, headers)
        self.error, self.exception = error, exception


class Fault(BaseModel):
    """The JSON of every refusal below ``/{org}/{app}/``."""

    error: str = Field(examples=["illegal_argument"])
    exception: str = Field(examples=["IllegalArgumentException"])
    timestamp: int = Field(description="milliseconds since 1970")
    duration: int = Field(description="milliseconds that the request took")
    error_description: str = Field(examples=["parameters is invalid : type"])


def answer(refusal: Refusal, duration_ms: int) -> dict[str, Any]:
    """Return the JSON of a refusal."""
    return Fault(
        error=refusal.error,
        exception=refusal.exception,
        timestamp=wall_clock(),
        duration=duration_ms,
        error_description=refusal.detail,
    ).model_dump()


def invalid(field: str, why: str = "") -> Refusal:
    """A value that cannot be: 400, with the name of the field and what it would have to be."""
    described = f"{field} {why}" if why else field
    return Refusal(400, "illegal_argument", f"parameters is invalid : {described}", "IllegalArgumentException")


def not_json() -> Refusal:
    """A body that is no JSON: 400."""
    return Refusal(400, "json_parse", "Unexpected character.", "JsonParseException")


def not_found(what: str) -> Refusal:
    """Something named in a request that does not exist, such as a template: 400, as Easemob has it."""
    return Refusal(400, "entity_not_found", f"{what} is not exist", "EntityNotFoundException")


def not_authenticated() -> Refusal:
    """No token, or none of this app: 401, the SDK's NO_PERMISSION."""
    return _unauthorized("unauthorized", "Unable to authenticate (OAuth)")


def expired_token() -> Refusal:
    """A token of before: 401."""
    return _unauthorized("unauthorized", "Unable to authenticate due to expired access token")


def corrupt_token() -> Refusal:
    """What is no token: 401."""
    return _unauthorized("auth_bad_access_token", "Unable to authenticate due to corrupt access token")


def forbidden(why: str = "this token is not allowed to do this") -> Refusal:
    """A genuine token that does not reach so far: 403, the SDK's "permission denied"."""
    return Refusal(403, "forbidden_op", why, "ForbiddenOpException")


def feature_off() -> Refusal:
    """The app has no advanced push features: 403, the SDK's SERVICE_NOT_ENABLED."""
    return Refusal(403, "forbidden_op", "push advanced features: service not open!", "ForbiddenOpException")


def unknown_app(org: str, app: str, path: str) -> Refusal:
    """An app that is not configured: 404; ``path`` is that of the request."""
    text = f"Could not find application for {org}/{app} from URI: {path.lstrip('/')}"
    error = "organization_application_not_found"
    return Refusal(404, error, text, "OrganizationApplicationNotFoundException")


def unknown_path() -> Refusal:
    """A path that leads nowhere: 404."""
    return Refusal(404, "not_found", "url is invalid", "NotFoundException")


def conflict(why: str) -> Refusal:
    """What cannot be done to the thing as it is now: 409."""
    return Refusal(409, "conflict", why, "ConflictException")


def too_many(wait_ms: int) -> Refusal:
    """More requests than the app may make: 429, the SDK's MAX_LIMIT; the header says when to come again."""
    seconds = max(1, -(-wait_ms // 1000))
    text = f"The request has reached the maximum limit, try again in {seconds} s"
    return Refusal(429, "reach_limit", text, "ReachLimitException", {"Retry-After": str(seconds)})


def unavailable() -> Refusal:
    """Redis does not serve: 503, the SDK's "Server is busy."."""
    return Refusal(
        503, "service_unavailable", "storage does not answer, try again later", "ServiceUnavailableException"
    )


def internal() -> Refusal:
    """A fault of ours: 500."""
    return Refusal(500, "internal_error", "internal error", "InternalErrorException")


def _unauthorized(error: str, text: str) -> Refusal:
    return Refusal(401, error, text, "EasemobSecurityException", {"WWW-Authenticate": "Bearer"})
