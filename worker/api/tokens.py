"""Tokens: ``/{org}/{app}/token`` gives and ends them, ``/{org}/{app}/users/{user}/token`` ends all of a user.

https://doc.easemob.com/document/server-side/easemob_app_token.html
"""

from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from fastapi import APIRouter, Request

from worker.api import refusals
from worker.api.caller_first import CallerFirst
from worker.api.callers import AnyCaller, AppCaller, KnownApp, admitted, gate_of, only_app, user_id
from worker.api.envelope import application_id
from worker.api.refusals import Refusal
from worker.api.segments import Segment
from worker.api.token_body import Grant, Revocation, Token, User

#: Whoever has one address of IPv6 has as a rule all of such a network.
_ONE_CALLER_V6 = 64
_log = structlog.get_logger(__name__)


def router(default_ttl_s: int) -> APIRouter:
    """Return the routes; ``default_ttl_s`` is the life of a token that is asked for without one."""
    routes = APIRouter(tags=["tokens"], route_class=CallerFirst)

    @routes.post("/{org}/{app}/token", response_model_exclude_none=True)
    async def create_token(request: Request, appkey: KnownApp, grant: Grant) -> Token:
        """Mint a token: an app token for the app's credentials, a user token for an app token."""
        ttl_s = default_ttl_s if grant.ttl is None else grant.ttl
        match grant.grant_type:
            case "client_credentials":
                await _check_credentials(request, appkey, grant)
                return _token(request, appkey, None, ttl_s)
            case "inherit":
                only_app(await admitted(request))
                return _token(request, appkey, user_id(grant.username, appkey), ttl_s)
            case "password":
                raise _no_passwords()

    @routes.delete("/{org}/{app}/token")
    async def revoke_token(request: Request, claims: AnyCaller) -> Revocation:
        """End the token that the request carries."""
        gate = gate_of(request)
        await gate.store.revoke(claims, gate.clock())
        return Revocation()

    @routes.delete("/{org}/{app}/users/{user}/token")
    async def revoke_tokens_of_a_user(request: Request, appkey: AppCaller, user: Segment) -> Revocation:
        """End all tokens of a user that were given until now."""
        gate = gate_of(request)
        await gate.store.revoke_user(appkey, user_id(user, appkey), gate.clock())
        return Revocation()

    return routes


async def _check_credentials(request: Request, appkey: str, grant: Grant) -> None:
    gate, address = gate_of(request), _caller(request)
    wait_ms = await gate.store.attempt(appkey, address)
    if wait_ms:
        raise refusals.too_many(wait_ms)
    authority = gate.authorities.get(appkey)
    if authority is None or not authority.is_client(grant.client_id, grant.client_secret):
        _log.warning("wrong client credentials", app=appkey, address=address)
        raise refusals.not_authenticated()
    await gate.store.forgive(appkey, address)


def _caller(request: Request) -> str:
    """Return the address of a caller; of IPv6 the network, in which one caller may take any address."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:  # a proxy may name what is no address
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, _ONE_CALLER_V6), strict=False))


def _token(request: Request, appkey: str, user: str | None, ttl_s: int) -> Token:
    gate = gate_of(request)
    return Token(
        access_token=gate.authorities[appkey].mint(user, ttl_s, gate.clock()),
        expires_in=ttl_s,
        application=application_id(appkey),
        user=None if user is None else User(username=user),
    )


def _no_passwords() -> Refusal:
    text = "no passwords are kept here: let your app server ask for a user token (grant_type inherit)"
    return Refusal(400, "unsupported_grant_type", text, "UnsupportedGrantTypeException")
