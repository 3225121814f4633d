"""Google's token endpoint: an RS256 assertion in, an access token or ``invalid_grant`` out.

https://developers.google.com/identity/protocols/oauth2/service-account#httprest
"""

import json
from collections.abc import Mapping
from typing import Any

from providers.simulator.exchange import Reply
from providers.simulator.fcm_errors import JSON
from providers.simulator.service_account import ServiceAccount

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: Google's own address also when the request goes elsewhere: its client library signs nothing else.
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPES = frozenset(
    {"https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"}
)
#: The longest an assertion may live, in seconds.
MAX_LIFETIME = 3600


def refuse(form: Mapping[str, str], account: ServiceAccount, now: float) -> Reply | None:
    """Return the 400 of a bad grant, or None for a good one."""
    if form.get("grant_type") != GRANT_TYPE:
        return _invalid_grant("Invalid grant_type.")
    claims = account.claims(form.get("assertion", ""))
    if claims is None:
        return _invalid_grant("Invalid JWT Signature.")
    if not claims["iat"] <= now < claims["exp"] <= claims["iat"] + MAX_LIFETIME:
        return _invalid_grant("Invalid JWT: Token must be a short-lived token (60 minutes).")
    return None if _is_scoped(claims) else _invalid_grant("Invalid OAuth scope.")


def grant(access_token: str, expires_in: int) -> Reply:
    """Return the 200 that carries an access token; ``expires_in`` is seconds."""
    answer = {"access_token": access_token, "expires_in": expires_in, "token_type": "Bearer"}
    return Reply(200, json.dumps(answer).encode(), JSON)


def _is_scoped(claims: Mapping[str, Any]) -> bool:
    return not SCOPES.isdisjoint(str(claims.get("scope", "")).split())


def _invalid_grant(description: str) -> Reply:
    return Reply(400, json.dumps({"error": "invalid_grant", "error_description": description}).encode(), JSON)
