"""Google's access token for a service account, fetched by google-auth in a thread.

https://developers.google.com/identity/protocols/oauth2/service-account
"""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport import DEFAULT_RETRYABLE_STATUS_CODES, Response
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
from requests.adapters import HTTPAdapter

from providers.oauth import Fetch, Grant, OAuthError

#: Google's codes for credentials that a person has to mend.
REFUSALS: Final = frozenset(
    {
        "access_denied",
        "admin_policy_enforced",
        "deleted_client",
        "disabled_client",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "org_internal",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
#: Seconds; google-auth itself would wait 120.
_TIMEOUT_S: Final = 10.0
_UNEXPECTED: Final = OAuthError("token endpoint: unexpected answer")


def google_fetch(credentials: Credentials, *, ca_file: str | None = None, proxy: str | None = None) -> Fetch:
    """Return a Fetch for these credentials, which serve one refresh at a time.

    Args:
        credentials: their ``token_uri`` is asked.
        ca_file: PEM file of authorities to trust besides the usual ones.
        proxy: URL; the environment's proxies are ignored.
    """

    async def fetch() -> Grant | OAuthError:
        return await asyncio.to_thread(_refresh, credentials, ca_file, proxy)

    return fetch


def _refresh(credentials: Credentials, ca_file: str | None, proxy: str | None) -> Grant | OAuthError:
    with requests.Session() as session:
        session.trust_env = False
        if ca_file:
            session.mount("https://", _TrustingAdapter(ca_file))
        session.proxies = {"http": proxy, "https": proxy} if proxy else {}
        try:
            credentials.refresh(_once(Request(session)))  # type: ignore[no-untyped-call]
        except RefreshError as error:
            return _refusal(error)
        except TransportError as error:
            return OAuthError(f"token endpoint: {type(error.__cause__ or error).__name__}")
        except (TypeError, ValueError, RecursionError):
            # google-auth indexes an answer that is no JSON object, and decodes one that is nested without end.
            return _UNEXPECTED
    return _grant(credentials)


def _once(request: Request) -> Callable[..., Response]:
    """Return the request under our time-out; a status that google-auth would sleep and retry on ends the fetch."""

    def send(**arguments: Any) -> Response:
        response: Response = request(timeout=_TIMEOUT_S, **arguments)
        if response.status in DEFAULT_RETRYABLE_STATUS_CODES:
            raise _BusyError
        return response

    return send


class _TrustingAdapter(HTTPAdapter):
    """Trusts a file's authorities besides the usual ones; ``Session.verify`` would trust them instead."""

    def __init__(self, ca_file: str) -> None:
        self._context = ssl.create_default_context()
        self._context.load_verify_locations(ca_file)
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options, ssl_context=self._context)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        return super().proxy_manager_for(*arguments, **options, ssl_context=self._context)


class _BusyError(TransportError):
    """The token endpoint answered that it cannot serve now."""


def _refusal(error: RefreshError) -> OAuthError:
    """Return the documented code of a refusal; ``args`` are its text and the decoded answer."""
    answer = error.args[1] if len(error.args) > 1 else None
    code = answer.get("error") if isinstance(answer, dict) else None
    return OAuthError(code, refused=True) if isinstance(code, str) and code in REFUSALS else _UNEXPECTED


def _grant(credentials: Credentials) -> Grant | OAuthError:
    token, expiry = credentials.token, credentials.expiry
    if not isinstance(token, str) or not isinstance(expiry, datetime):
        return _UNEXPECTED
    return Grant(token, (expiry.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds())
