"""A fake FCM HTTP v1 with Google's token endpoint: pure rules, one request in, one reply out.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send
"""

import json
import re
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from providers.simulator import fcm_token
from providers.simulator.exchange import Reply, Request
from providers.simulator.fcm_errors import (
    ACCESS_TOKEN_EXPIRED,
    JSON,
    PROJECT_NOT_FOUND,
    TOKEN_FAULTS,
    UNAUTHENTICATED,
    Violation,
    invalid,
)
from providers.simulator.fcm_message import Reading, read
from providers.simulator.ledger import Entry, Ledger
from providers.simulator.oauth import AccessTokens, Standing, bearer, form
from providers.simulator.service_account import ServiceAccount
from providers.simulator.token_states import VALID, TokenStates

PROJECT_ID = "sim-project"
#: Also the project number, which the path may name instead of the id.
SENDER_ID = "1234567890"
CLIENT_EMAIL = f"push@{PROJECT_ID}.iam.gserviceaccount.com"
TOKEN_PATH = "/token"  # noqa: S105 - a path
SEND_PATH = re.compile(r"/v1/projects/([^/]+)/messages:send")
#: What one device keeps at once.
MAX_COLLAPSE_KEYS = 4


class Fcm:
    """FCM for one project, ``sim-project``.

    Args:
        ledger: where each send that names a device is written, with FCM's ``errorCode`` as its outcome.
        clock: seconds since 1970; access tokens expire by it.
        accept_unknown_tokens: False answers a token nobody set as ``invalid``.
        expires_in: the lifetime of access tokens in seconds; may be changed while running.
        refuse_fifth_collapse_key: True answers 400 to a device's fifth different key. Google documents the limit of
            four, and that it picks which to keep, not a refusal.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], float] = time.time,
        *,
        accept_unknown_tokens: bool = True,
        expires_in: int = 3599,
        refuse_fifth_collapse_key: bool = False,
    ) -> None:
        self.expires_in = expires_in
        #: Requests to the token endpoint, refused ones too: a client with one flight at a time makes few.
        self.token_calls = 0
        self._ledger = ledger
        self._clock = clock
        self._account = ServiceAccount(CLIENT_EMAIL, fcm_token.AUDIENCE, "RS256", needs_key_id=False)
        self._access_tokens = AccessTokens(clock)
        unknown = VALID if accept_unknown_tokens else "invalid"
        self._states = TokenStates({VALID, *TOKEN_FAULTS}, unknown)
        self._max_keys = MAX_COLLAPSE_KEYS if refuse_fifth_collapse_key else None
        self._collapse_keys: defaultdict[str, set[str]] = defaultdict(set)

    def set_token(self, token: str, state: str, timestamp_ms: int | None = None) -> None:  # noqa: ARG002 - APNs' only
        """Set what a registration token (or installation id) is answered.

        Args:
            token: the registration token.
            state: ``valid``; ``unregistered`` (404 UNREGISTERED); ``sender_id_mismatch`` (403); ``invalid`` (400, told
                by its message); ``invalid_field`` (400, told by a violation of ``message.token``); ``ios_unregistered``
                (400 with APNs' 410 inside); ``third_party_auth_error`` (401: the project's APNs key is wrong).
            timestamp_ms: not used: only APNs names a time. The vendors share this signature.

        Raises:
            ValueError: FCM has no such state.
        """
        self._states.put(token, state)

    def write_credentials(self, directory: Path, origin: str) -> dict[str, str]:
        """Write a service-account file whose ``token_uri`` is at ``origin``; return its path and the project's ids."""
        path = directory / "fcm-service-account.json"
        members = {
            "type": "service_account",
            "project_id": PROJECT_ID,
            "private_key_id": self._account.key_id,
            "client_email": CLIENT_EMAIL,
            "client_id": SENDER_ID,
            "token_uri": origin + TOKEN_PATH,
        }
        self._account.write(path, members)
        return {"service_account_file": str(path), "project_id": PROJECT_ID, "sender_id": SENDER_ID}

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        path = request.path.partition("?")[0]
        if request.method == "POST" and path == TOKEN_PATH:
            return self._grant(request)
        return _refuse_address(request.method, path) or self._refuse_bearer(request) or self._send(request)

    def _grant(self, request: Request) -> Reply:
        self.token_calls += 1
        refusal = fcm_token.refuse(form(request), self._account, self._clock())
        if refusal is not None:
            return refusal
        token = f"ya29.{secrets.token_urlsafe(48)}"
        self._access_tokens.issue(token, self.expires_in)
        return fcm_token.grant(token, self.expires_in)

    def _refuse_bearer(self, request: Request) -> Reply | None:
        standing = self._access_tokens.standing(bearer(request) or "")
        return {Standing.UNKNOWN: UNAUTHENTICATED, Standing.EXPIRED: ACCESS_TOKEN_EXPIRED}.get(standing)

    def _send(self, request: Request) -> Reply:
        reading = read(request.body)
        name = f"projects/{PROJECT_ID}/messages/0:{int(request.at * 1e6)}%{secrets.token_hex(8)}"
        fault = self._fault(reading)
        if reading.token and not reading.validate_only:
            self._record(request, reading, reading.token, *((fault[0], "") if fault else ("accepted", name)))
        return fault[1] if fault else Reply(200, json.dumps({"name": name}).encode(), JSON)

    def _fault(self, reading: Reading) -> tuple[str, Reply] | None:
        if reading.refusal is not None:
            return "INVALID_ARGUMENT", reading.refusal
        if reading.token is None:
            return None
        return TOKEN_FAULTS.get(self._states.of(reading.token)) or self._collapse_fault(reading.token, reading)

    def _collapse_fault(self, token: str, reading: Reading) -> tuple[str, Reply] | None:
        if self._max_keys is None or reading.collapse_id is None:
            return None
        keys = self._collapse_keys[token] | {reading.collapse_id}
        if len(keys) > self._max_keys:
            text = "A device keeps at most 4 different collapse keys"
            return "INVALID_ARGUMENT", invalid([Violation("message.android.collapse_key", text)])
        self._collapse_keys[token] = keys
        return None

    def _record(self, request: Request, reading: Reading, token: str, outcome: str, vendor_id: str) -> None:
        self._ledger.add(
            Entry(
                vendor="fcm",
                token=token,
                outcome=outcome,
                vendor_id=vendor_id,
                collapse_id=reading.replacement_id,
                payload=reading.payload,
                connection_id=request.connection_id,
                at=request.at,
            )
        )


def _refuse_address(method: str, path: str) -> Reply | None:
    match = SEND_PATH.fullmatch(path)
    found = method == "POST" and match is not None and match[1] in {PROJECT_ID, SENDER_ID}
    return None if found else PROJECT_NOT_FOUND
