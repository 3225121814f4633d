"""Who calls a route: dependencies that give a route its app and user, after the token has been judged.

A route is protected by what it takes, so that none can use an app without having asked who calls. They are coroutines,
for FastAPI would run functions in threads.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import HTTPConnection

from policy.identifiers import LONGEST_USER, bare_user, is_user
from worker.api import refusals
from worker.api.gate import Gate
from worker.api.rates import kind_of
from worker.api.segments import Segment
from worker.tokens import Claims


class _Bearer(HTTPBearer):
    """Takes the token out of the header as FastAPI does, and makes no object of it."""

    async def __call__(self, request: HTTPConnection) -> str | None:  # type: ignore[override]
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        return token if scheme.lower() == "bearer" else None


_BEARER = _Bearer(
    scheme_name="token",
    description="An app token, or a user token for what is the user's own: `POST /{org}/{app}/token`",
    auto_error=False,
)
#: What the header carries, not judged yet.
BearerToken = Annotated[str | None, Security(_BEARER)]


@dataclass(frozen=True, slots=True)
class Target:
    """The user whom a path is about. Both as everything else has them: the user in lower case."""

    appkey: str
    user: str


def gate_of(request: Request) -> Gate:
    """Return the gate of the app that serves a request."""
    gate: Gate = request.app.state.gate
    return gate


async def known_app(request: Request, org: str, app: str) -> str:
    """Return the app key of a path.

    Raises:
        Refusal: there is no such app.
    """
    appkey = f"{org}#{app}"
    if appkey not in gate_of(request).appkeys:
        raise refusals.unknown_app(org, app, request.url.path)
    return appkey


async def admitted(request: Request, appkey: Annotated[str, Depends(known_app)], presented: BearerToken) -> Claims:
    """Return what the token of a request says.

    Raises:
        Refusal: as ``Gate.admit``.
    """
    return await gate_of(request).admit(appkey, presented, kind_of(request.scope["path"]))


#: Whose token it is, whatever it allows: the route has to judge that.
AnyCaller = Annotated[Claims, Depends(admitted)]


def only_app(claims: Claims) -> str:
    """Return the app key of an app token.

    Raises:
        Refusal: it is a user token.
    """
    if claims.user is not None:
        raise refusals.forbidden("this needs an app token")
    return claims.appkey


async def _app_caller(claims: AnyCaller) -> str:
    return only_app(claims)


#: The app key; demands an app token of that app.
AppCaller = Annotated[str, Depends(_app_caller)]


def user_id(text: str, appkey: str, field: str = "username") -> str:
    """Return the user id that a caller names, as everything else has it.

    Raises:
        Refusal: no user can be called so.
    """
    user = bare_user(text, appkey)
    if not is_user(user):
        raise refusals.invalid(field, f"(must be 1 to {LONGEST_USER} printable characters)")
    return user


async def _user_caller(claims: AnyCaller, user: Segment) -> Target:
    target = Target(claims.appkey, user_id(user, claims.appkey))
    if claims.user not in {None, target.user}:
        raise refusals.forbidden("this is another user's")
    return target


#: The user of the path; demands that user's own token, or an app token.
UserCaller = Annotated[Target, Depends(_user_caller)]


async def _own_caller(claims: AnyCaller, target: UserCaller) -> Target:
    if claims.user is None:
        raise refusals.forbidden("this needs the user's own token")
    return target


#: The user of the path; demands that user's own token.
OwnCaller = Annotated[Target, Depends(_own_caller)]
