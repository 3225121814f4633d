"""Who calls a route: what gives a route its app and user, after the token has been judged.

A route is protected by what it takes, so that none can use an app without having asked who calls; its class,
``CallerFirst``, asks before the body is read.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.requests import HTTPConnection

from policy.identifiers import LONGEST_USER, bare_user, is_user
from worker.api import refusals
from worker.api.caller_first import Judged, found
from worker.api.gate import Gate
from worker.api.rates import kind_of
from worker.api.segments import whole
from worker.tokens import Claims


class _Bearer(HTTPBearer):
    """Takes the token out of the header as FastAPI does, and makes no object of it."""

    async def __call__(self, request: HTTPConnection) -> str | None:  # type: ignore[override]
        scheme, token = get_authorization_scheme_param(request.headers.get("authorization"))
        return token if scheme.lower() == "bearer" else None


_BEARER = _Bearer(
    scheme_name="token",
    description="`Authorization: Bearer <token>`, an app token or a user token: `POST /{org}/{app}/token` gives both",
    auto_error=False,
)
#: What the header carries; for the description.
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


async def known_app(request: Request) -> str:
    """Return the app key of a path.

    Raises:
        Refusal: there is no such app.
    """
    org, app = request.path_params["org"], request.path_params["app"]
    appkey = f"{org}#{app}"
    if appkey not in gate_of(request).appkeys:
        raise refusals.unknown_app(org, app, request.url.path)
    return appkey


async def admitted(request: Request) -> Claims:
    """Return what the token of a request says.

    Raises:
        Refusal: as ``known_app``, ``Gate.admit``.
    """
    appkey, presented = await known_app(request), await _BEARER(request)
    return await gate_of(request).admit(appkey, presented, kind_of(request.scope["path"]))


def only_app(claims: Claims) -> str:
    """Return the app key of an app token.

    Raises:
        Refusal: it is a user token.
    """
    if claims.user is not None:
        raise refusals.forbidden("this needs an app token")
    return claims.appkey


def user_id(text: str, appkey: str, field: str = "username") -> str:
    """Return the user id that a caller names, as everything else has it.

    Raises:
        Refusal: no user can be called so.
    """
    user = bare_user(text, appkey)
    if not is_user(user):
        raise refusals.invalid(field, f"(must be 1 to {LONGEST_USER} printable characters)")
    return user


async def _app(request: Request) -> str:
    return only_app(await admitted(request))


async def _user(request: Request) -> Target:
    return _target(request, await admitted(request))


async def _own(request: Request) -> Target:
    claims = await admitted(request)
    target = _target(request, claims)
    if claims.user is None:
        raise refusals.forbidden("this needs the user's own token")
    return target


def _target(request: Request, claims: Claims) -> Target:
    target = Target(claims.appkey, user_id(whole(request.path_params["user"]), claims.appkey))
    if claims.user not in {None, target.user}:
        raise refusals.forbidden("this is another user's")
    return target


class _OfAnApp(Judged):
    async def __call__(self, request: Request, org: str, app: str, token: BearerToken) -> Any:  # noqa: ARG002
        return found(request)


class _OfAUser(Judged):
    async def __call__(self, request: Request, org: str, app: str, user: str, token: BearerToken) -> Any:  # noqa: ARG002
        return found(request)


#: The app key, for a route that judges the caller by the body.
KnownApp = Annotated[str, Depends(_OfAnApp(known_app))]
#: Whose token it is, whatever it allows: the route has to judge that.
AnyCaller = Annotated[Claims, Depends(_OfAnApp(admitted, "Takes any token of the app."))]
#: The app key; demands an app token of that app.
AppCaller = Annotated[str, Depends(_OfAnApp(_app, "Takes an app token."))]
#: The user of the path; demands that user's own token, or an app token.
UserCaller = Annotated[Target, Depends(_OfAUser(_user, "Takes the user's token or an app token."))]
#: The user of the path; demands that user's own token.
OwnCaller = Annotated[Target, Depends(_OfAUser(_own, "Takes the user's token alone."))]
