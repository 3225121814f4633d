"""Firebase Cloud Messaging, HTTP v1: one Firebase project over one wire."""

import time
from typing import Any, Final

from providers.bearer import BearerTransport
from providers.fcm_codec import FcmCodec
from providers.fcm_errors import classify, is_stale
from providers.fcm_message import LIMIT, FcmDefaults, FcmStyle, arguments
from providers.fcm_token import google_fetch
from providers.notification import Notification
from providers.oauth import AccessToken
from providers.pace import Pace
from providers.payload import fit
from providers.result import Rejected, RejectionKind, Result, Retryable
from providers.service_account import ServiceAccountSource
from providers.transport import Answer, Transport

#: The vendor's address, for the Transport.
ORIGIN: Final = "https://fcm.googleapis.com:443"
#: Messages a second of a project, 600,000 a minute, and the seconds of its gentle start.
#: https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas
RATE_PER_S: Final = 10_000.0
RAMP_S: Final = 60.0
_HEADERS: Final = (("content-type", "application/json"),)


class Fcm:
    """A Provider for one Firebase project.

    https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send

    Args:
        transport: the wire to ``ORIGIN`` or a stand-in; closed by ``aclose``.
        service_account: Google's JSON file, as a path or decoded; its ``token_uri`` is the OAuth address.
        ca_file: PEM file for the OAuth address, as in ``google_fetch``.
        proxy: URL of a proxy for the OAuth address.
        style: who shows the notification.
        channel_id: Android notification channel for messages that name none.
        pace: the share of the project's quota that this process may use; left out: all of it.

    Raises:
        CredentialError: the service account is unusable.
    """

    def __init__(
        self,
        transport: Transport,
        service_account: ServiceAccountSource,
        *,
        ca_file: str | None = None,
        proxy: str | None = None,
        style: FcmStyle = FcmStyle.BOTH,
        channel_id: str | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._codec = FcmCodec(service_account)
        tokens = AccessToken(google_fetch(self._codec.credentials, ca_file=ca_file, proxy=proxy))
        self._wire = BearerTransport(transport, tokens, is_stale)
        self._defaults = FcmDefaults(style, channel_id)
        self._pace = pace or Pace(RATE_PER_S, RAMP_S)

    async def send(self, notification: Notification, deadline: float) -> Result:
        """Send once; once more only with a new access token when FCM calls the old one expired."""
        if not notification.token:
            return Rejected("INVALID_ARGUMENT", RejectionKind.TOKEN)
        body = self._encoded(notification)
        if body is None:
            return Rejected("INVALID_ARGUMENT", RejectionKind.MESSAGE)
        left = await self._pace.left(1, deadline)
        if isinstance(left, Retryable):
            return left
        outcome = await self._wire.post(self._codec.path, _HEADERS, body, left)
        return classify(outcome) if isinstance(outcome, Answer) else outcome

    async def aclose(self) -> None:
        """Close the wire; call when nothing is in flight."""
        await self._wire.aclose()

    def _encoded(self, notification: Notification) -> bytes | None:
        """Return the body with its text shortened to FCM's limit, or None if it is too large even without."""
        now = time.time()

        def render(body: str) -> dict[str, Any]:
            document: dict[str, Any] = self._codec.parse_payload(**arguments(notification, body, self._defaults, now))
            return document

        return fit(render, notification.body, LIMIT + len(notification.token.encode(errors="replace")))
