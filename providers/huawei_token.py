"""Huawei's access tokens: OAuth by client secret (v1, v2), or a signed token of a service account (v3).

https://developer.huawei.com/consumer/cn/doc/HMSCore-Guides/oauth2-0000001212610981
https://developer.huawei.com/consumer/cn/doc/harmonyos-guides/push-jwt-token
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from providers.credentials import CredentialError, load_ca, load_rsa_key
from providers.oauth import Fetch, Grant, OAuthError
from providers.service_account import ServiceAccountSource, service_account

#: The vendor's OAuth address; also the audience of every signed token, wherever the token is used.
TOKEN_ENDPOINT: Final = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"  # noqa: S105 - an address

#: ``sub_error`` of credentials that a person has to mend: wrong client id, secret missing, secret wrong.
REFUSALS: Final = frozenset({20002, 20003, 20171, 20172, 12304})
_INVALID_CLIENT: Final = 1101

_TIMEOUT_S: Final = 10.0
#: Shorter, so that httpx ends a stalled step and cleans up before the whole is given up.
_STEP_S: Final = 8.0
#: Huawei's advice; more than a day is refused (80300036).
_JWT_LIFETIME_S: Final = 3600
_OK: Final = 200


class _Granted(msgspec.Struct):
    access_token: str
    expires_in: float


class _Refused(msgspec.Struct):
    error: int
    sub_error: int = 0


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The members of Huawei's service-account file that sign a token.

    https://developer.huawei.com/consumer/cn/doc/start/api-0000001062522591
    """

    key_id: str
    sub_account: str
    project_id: str
    private_key: RSAPrivateKey = field(repr=False)


def load_service_account(source: ServiceAccountSource) -> ServiceAccount:
    """Read a service account from its JSON file, or take it decoded.

    Raises:
        CredentialError: unreadable, a member is missing, or the key is no RSA key in PEM.
    """
    info = service_account(source)
    members = {name: info.get(name) for name in ("key_id", "sub_account", "project_id", "private_key")}
    if missing := [name for name, value in members.items() if not isinstance(value, str) or not value]:
        raise CredentialError(f"the Huawei service account lacks {missing[0]}")
    key = load_rsa_key(str(members["private_key"]).encode(), "the Huawei service account's private_key")
    return ServiceAccount(**(members | {"private_key": key}))  # type: ignore[arg-type]  # checked above


def jwt_fetch(account: ServiceAccount) -> Fetch:
    """Return a Fetch that signs a token by itself, asking nobody."""

    async def fetch() -> Grant | OAuthError:
        issued = int(time.time())
        claims = {"iss": account.sub_account, "aud": TOKEN_ENDPOINT, "iat": issued, "exp": issued + _JWT_LIFETIME_S}
        headers = {"kid": account.key_id}
        return Grant(jwt.encode(claims, account.private_key, algorithm="PS256", headers=headers), _JWT_LIFETIME_S)

    return fetch


def secret_fetch(
    client_id: str, secret: str, *, endpoint: str = TOKEN_ENDPOINT, ca_file: str | None = None, proxy: str | None = None
) -> Fetch:
    """Return a Fetch that asks the OAuth address with a client secret.

    Args:
        client_id: the app id.
        secret: the client secret of the app or project.
        endpoint: whole URL.
        ca_file: PEM file of authorities to trust besides the usual ones.
        proxy: URL; the environment's proxies are ignored.

    Raises:
        CredentialError: ``ca_file`` is unusable.
    """
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file:
        context.load_verify_locations(cadata=load_ca(ca_file).decode())
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}

    async def fetch() -> Grant | OAuthError:
        try:
            async with (
                asyncio.timeout(_TIMEOUT_S),
                httpx.AsyncClient(verify=context, proxy=proxy, trust_env=False, timeout=_STEP_S) as client,
            ):
                return _outcome(await client.post(endpoint, data=form))
        except (httpx.HTTPError, TimeoutError) as error:
            return OAuthError(f"token endpoint: {type(error).__name__}")

    return fetch


def _outcome(response: httpx.Response) -> Grant | OAuthError:
    try:
        if response.status_code == _OK:
            granted = msgspec.json.decode(response.content, type=_Granted)
            return Grant(granted.access_token, granted.expires_in)
        refused = msgspec.json.decode(response.content, type=_Refused)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return OAuthError(f"token endpoint: unexpected answer, status {response.status_code}")
    if refused.error == _INVALID_CLIENT and refused.sub_error in REFUSALS:
        return OAuthError(f"{_INVALID_CLIENT}/{refused.sub_error}", refused=True)
    return OAuthError(f"token endpoint: status {response.status_code}")
