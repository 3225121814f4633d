"""Huawei Push Kit: one app over one wire, for HMS phones (v1, v2) or for HarmonyOS 5 (v3)."""

import time
from collections.abc import Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

from providers.bearer import BearerTransport
from providers.credentials import CredentialError
from providers.huawei_batch import BATCH_SIZE, may_share, results
from providers.huawei_codes import classify, is_stale
from providers.huawei_message import LIMIT, HuaweiDefaults, v1_message, v3_message, v3_push_type
from providers.huawei_token import TOKEN_ENDPOINT, jwt_fetch, load_service_account, secret_fetch
from providers.notification import Notification
from providers.oauth import AccessToken, Fetch
from providers.pace import Pace
from providers.payload import fit
from providers.result import Rejected, RejectionKind, Result, Retryable
from providers.service_account import ServiceAccountSource
from providers.transport import Answer, Transport

#: The vendor's address, for the Transport.
ORIGIN: Final = "https://push-api.cloud.huawei.com:443"

#: Devices a second that every app may reach; more is granted by use.
#: https://developer.huawei.com/consumer/cn/doc/HMSCore-Guides/message-restriction-description-0000001361648361
DEVICES_PER_S: Final = 6_000.0

Api = Literal["v1", "v2", "v3"]

# Huawei's pages ask for the charset under v1 and v2, and show none under v3.
_V1_HEADERS: Final = (("content-type", "application/json; charset=UTF-8"),)
_V3_HEADERS: Final = (("content-type", "application/json"),)


class Huawei:
    """A BatchProvider for one app, or for one project of apps.

    https://developer.huawei.com/consumer/cn/doc/HMSCore-References/https-send-api-0000001050986197
    https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-scenariozed-api-request-struct

    Args:
        transport: the wire to ``ORIGIN`` or a stand-in; closed by ``aclose``.
        api: v1 (address names the app), v2 (address names the project) or v3 (HarmonyOS 5).
        app_id: client id; needed by v1, and by v2 with a secret.
        secret: client secret, the OAuth way of v1 and v2.
        service_account: Huawei's JSON file, as a path or decoded; the only way of v3, and it wins over a secret.
        project_id: for v2 and v3; the service account's own when left out.
        token_endpoint: whole OAuth URL; a service account asks nobody.
        ca_file: PEM file for the OAuth address, besides the usual authorities.
        proxy: URL of a proxy for the OAuth address.
        badge_class: full name of the app's entry activity; without it v1 and v2 set no badge.
        category: message category (``IM``) for messages that name none.
        pace: the share of the app's devices a second that this process may use; left out: what every app has.

    Raises:
        CredentialError: what the API version needs is missing or unusable.
    """

    batch_size = BATCH_SIZE

    def __init__(
        self,
        transport: Transport,
        api: Api,
        *,
        app_id: str | None = None,
        secret: str | None = None,
        service_account: ServiceAccountSource | None = None,
        project_id: str | None = None,
        token_endpoint: str = TOKEN_ENDPOINT,
        ca_file: str | None = None,
        proxy: str | None = None,
        badge_class: str | None = None,
        category: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        account = None if service_account is None else load_service_account(service_account)
        self._path = _path(api, app_id, project_id or (account.project_id if account else None))
        fetch = jwt_fetch(account) if account else _by_secret(api, app_id, secret, token_endpoint, ca_file, proxy)
        self._wire = BearerTransport(transport, AccessToken(fetch), is_stale)
        self._is_v3 = api == "v3"
        self._message = v3_message if self._is_v3 else v1_message
        self._defaults = HuaweiDefaults(badge_class, category)
        self._pace = pace or Pace(DEVICES_PER_S)

    async def send(self, notification: Notification, deadline: float) -> Result:
        """Send once; once more only with a new access token when Huawei calls the old one expired."""
        if not notification.token:
            return Rejected("80300007", RejectionKind.TOKEN)
        outcome = await self._posted(notification, deadline)
        return classify(outcome, with_reasons=self._is_v3) if isinstance(outcome, Answer) else outcome

    def may_share(self, notification: Notification) -> bool:
        """Return whether it is of a group message."""
        return may_share(notification)

    async def send_batch(self, notification: Notification, tokens: Sequence[str], deadline: float) -> Sequence[Result]:
        """Send one message to up to ``batch_size`` phones in one request."""
        outcome = await self._posted(notification, deadline, tokens)
        if not isinstance(outcome, Answer):
            return [outcome] * len(tokens)
        return results(outcome, tokens, classify(outcome, with_reasons=self._is_v3))

    async def aclose(self) -> None:
        """Close the wire; call when nothing is in flight."""
        await self._wire.aclose()

    def _headers(self, notification: Notification) -> tuple[tuple[str, str], ...]:
        return (*_V3_HEADERS, ("push-type", v3_push_type(notification))) if self._is_v3 else _V1_HEADERS

    async def _posted(
        self, notification: Notification, deadline: float, tokens: Sequence[str] = ()
    ) -> Answer | Rejected | Retryable:
        body = self._encoded(notification, tokens)
        if body is None:
            return Rejected("80300008", RejectionKind.MESSAGE)
        left = await self._pace.left(len(tokens) or 1, deadline)
        if isinstance(left, Retryable):
            return left
        return await self._wire.post(self._path, self._headers(notification), body, left)

    def _encoded(self, notification: Notification, tokens: Sequence[str] = ()) -> bytes | None:
        """Return the body with its text shortened to Huawei's limit, or None if it is too large even without."""
        now = time.time()

        def render(body: str) -> dict[str, Any]:
            return self._message(notification, body, self._defaults, now, tokens)

        return fit(render, notification.body, LIMIT + _size(tokens or [notification.token]))


def _size(tokens: Sequence[str]) -> int:
    """Return the bytes of a token list that Huawei does not count: quotes and commas, as the first was one."""
    return sum(len(token.encode(errors="replace")) + 3 for token in tokens) - 3


def _path(api: Api, app_id: str | None, project_id: str | None) -> str:
    name, owner = ("app_id", app_id) if api == "v1" else ("project_id", project_id)
    if not owner:
        raise CredentialError(f"Huawei {api} needs {name}")
    return f"/{api}/{quote(owner, safe='')}/messages:send"


def _by_secret(
    api: Api, app_id: str | None, secret: str | None, endpoint: str, ca_file: str | None, proxy: str | None
) -> Fetch:
    if api == "v3":
        raise CredentialError("Huawei v3 needs a service account: it takes no OAuth tokens")
    if not app_id or not secret:
        raise CredentialError(f"Huawei {api} needs app_id and secret, or a service account")
    return secret_fetch(app_id, secret, endpoint=endpoint, ca_file=ca_file, proxy=proxy)
