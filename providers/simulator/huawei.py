"""A fake Huawei Push Kit (v1, v2, v3) with Huawei's OAuth endpoint: pure rules, one request in, one reply out.

https://developer.huawei.com/consumer/en/doc/HMSCore-References/https-send-api-0000001050986197 (v1, v2) and
https://developer.huawei.com/consumer/en/doc/harmonyos-references/push-scenariozed-api-intro (v3)
"""

import itertools
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from providers.simulator import huawei_message, huawei_token, huawei_v3_message
from providers.simulator.exchange import Reply, Request
from providers.simulator.huawei_answers import (
    BAD_PARAMETER,
    INTERNAL,
    INVALID_TOKENS,
    JWT_EXPIRED,
    JWT_TOO_LONG,
    NO_RIGHT,
    NOT_AUTHENTIC,
    OAUTH_EXPIRED,
    PARTIAL,
    SUCCESS,
    answer,
    by_reason,
    listed,
)
from providers.simulator.huawei_devices import ACCEPTED, FAILING, INVALID, STATES, outcome
from providers.simulator.huawei_fields import Fault, Reading
from providers.simulator.ledger import Entry, Ledger
from providers.simulator.oauth import AccessTokens, Standing, bearer, form
from providers.simulator.service_account import ServiceAccount, write_secret
from providers.simulator.token_states import VALID, TokenStates

APP_ID = "104410638"
PROJECT_ID = "388421841222345678"
SUB_ACCOUNT = "100200300"
TOKEN_PATH = "/oauth2/v3/token"  # noqa: S105 - a path
SEND_PATH = re.compile(r"/(v[123])/([^/]+)/messages:send")
#: The audience of a JWT, also when it is sent to another host than Huawei's.
AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token"
#: What the URL of each version names: the app, or the project it belongs to.
OWNERS = {"v1": APP_ID, "v2": PROJECT_ID, "v3": PROJECT_ID}
ONE_DAY = 86_400


class Huawei:
    """Push Kit for one app in one project.

    Args:
        ledger: where each token of each request is written, a repeated token as often as it is named. The outcome is
            ``accepted``, the code, or in v3 the reason the token is listed under.
        clock: seconds since 1970; access tokens and JWTs expire by it.
        accept_unknown_tokens: False answers a token nobody set as ``invalid``.
        expires_in: the lifetime of access tokens in seconds; may be changed while running.
        padded_reasons: True puts blanks around the reasons of v3, as Huawei's own sample has them.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], float] = time.time,
        *,
        accept_unknown_tokens: bool = True,
        expires_in: int = 3600,
        padded_reasons: bool = False,
    ) -> None:
        self.expires_in = expires_in
        #: False answers every send with 80300002: Push Kit is switched off for the app.
        self.is_enabled = True
        #: Requests to the token endpoint, refused ones too.
        self.token_calls = 0
        self._padded = padded_reasons
        self._ledger = ledger
        self._clock = clock
        self._secret = secrets.token_hex(32)
        self._account = ServiceAccount(SUB_ACCOUNT, AUDIENCE, "PS256", needs_key_id=True)
        self._access_tokens = AccessTokens(clock)
        self._states = TokenStates(STATES, VALID if accept_unknown_tokens else INVALID)
        self._numbers = itertools.count(1)

    def set_token(self, token: str, state: str, timestamp_ms: int | None = None) -> None:  # noqa: ARG002 - APNs' only
        """Set what a push token is answered.

        Args:
            token: the push token.
            state: ``valid``; ``invalid`` (listed as illegal, in v3 as ``tokenFormatError``); ``harmonyos_5`` (valid in
                v3, illegal in v1 and v2); a reason of v3 (illegal in all versions, in v3 under that reason);
                ``internal_error`` (a request that names it is answered 81000001).
            timestamp_ms: not used: only APNs names a time. The vendors share this signature.

        Raises:
            ValueError: Push Kit has no such state.
        """
        self._states.put(token, state)

    def write_credentials(self, directory: Path, origin: str) -> dict[str, str]:
        """Write the app's secret and the project's service account; return their paths, the ids and the token URL.

        The ``token_uri`` in the account is Huawei's own address: it is the audience of a JWT and nobody calls it.
        """
        secret, account = directory / "huawei-secret", directory / "huawei-service-account.json"
        write_secret(secret, self._secret)
        members = {
            "project_id": PROJECT_ID,
            "key_id": self._account.key_id,
            "sub_account": SUB_ACCOUNT,
            "token_uri": AUDIENCE,
        }
        self._account.write(account, members)
        return {
            "app_id": APP_ID,
            "project_id": PROJECT_ID,
            "secret_file": str(secret),
            "service_account_file": str(account),
            "token_url": origin + TOKEN_PATH,
        }

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        path = request.path.partition("?")[0]
        match = SEND_PATH.fullmatch(path)
        if request.method == "POST" and path == TOKEN_PATH:
            return self._grant(request)
        if request.method != "POST" or match is None:
            return Reply(404)
        return self._send(request, match[1], match[2])

    def _grant(self, request: Request) -> Reply:
        self.token_calls += 1
        refusal = huawei_token.refuse(form(request), APP_ID, self._secret)
        if refusal is not None:
            return refusal
        token = huawei_token.fresh_token()
        self._access_tokens.issue(token, self.expires_in)
        return huawei_token.grant(token, self.expires_in)

    def _send(self, request: Request, version: str, owner: str) -> Reply:
        request_id = f"{int(request.at * 1000)}{next(self._numbers):08d}"
        refusal = self._refuse(request, version, owner)
        if refusal is not None:
            return answer(refusal, request_id)
        reading = _read(request, version)
        fault = reading.fault or self._failing(reading)
        if fault is not None:
            self._record(request, reading, request_id, [fault.code] * len(reading.tokens))
            return answer(fault.code, request_id, fault.msg)
        return self._deliver(request, reading, request_id, version)

    def _refuse(self, request: Request, version: str, owner: str) -> str | None:
        """Return the code for a bearer who may not send as this owner, or None."""
        token = bearer(request)
        if token is None or owner != OWNERS[version]:
            return NOT_AUTHENTIC
        standing = self._access_tokens.standing(token)
        if version == "v3" or standing is Standing.UNKNOWN:
            return self._refuse_jwt(token)
        return OAUTH_EXPIRED if standing is Standing.EXPIRED else None

    def _refuse_jwt(self, token: str) -> str | None:
        claims = self._account.claims(token)
        if claims is None:
            return NOT_AUTHENTIC
        if claims["exp"] - claims["iat"] > ONE_DAY:
            return JWT_TOO_LONG
        return JWT_EXPIRED if claims["exp"] <= self._clock() else None

    def _failing(self, reading: Reading) -> Fault | None:
        if not self.is_enabled:
            return Fault(NO_RIGHT)
        failing = any(self._states.of(token) == FAILING for token in reading.tokens)
        return Fault(INTERNAL) if failing else None

    def _deliver(self, request: Request, reading: Reading, request_id: str, version: str) -> Reply:
        outcomes = [outcome(self._states.of(token), version) for token in reading.tokens]
        self._record(request, reading, request_id, outcomes)
        illegal = [(token, why) for token, why in zip(reading.tokens, outcomes, strict=True) if why != ACCEPTED]
        if not illegal:
            return answer(SUCCESS, request_id)
        success = len(outcomes) - len(illegal)
        code = PARTIAL if success else INVALID_TOKENS
        if version == "v3":
            return answer(code, request_id, by_reason(success, illegal, padded=self._padded))
        return answer(code, request_id, listed(success, [token for token, _ in illegal]) if success else "")

    def _record(self, request: Request, reading: Reading, request_id: str, outcomes: list[str]) -> None:
        if reading.validate_only:
            return
        for token, became in zip(reading.tokens, outcomes, strict=True):
            self._ledger.add(
                Entry(
                    vendor="huawei",
                    token=token,
                    outcome=became,
                    vendor_id=request_id,
                    collapse_id=reading.collapse_id,
                    payload=reading.payload,
                    connection_id=request.connection_id,
                    at=request.at,
                )
            )


def _read(request: Request, version: str) -> Reading:
    if not (request.header("content-type") or "").lower().startswith("application/json"):
        return Reading(fault=Fault(BAD_PARAMETER, "Illegal Content-Type"))
    if version == "v3":
        return huawei_v3_message.read(request.body, request.header("push-type"))
    return huawei_message.read(request.body)
