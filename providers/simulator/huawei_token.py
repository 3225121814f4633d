"""Huawei's OAuth v3 token endpoint: client credentials in, an access token or a pair of error numbers out.

https://developer.huawei.com/consumer/en/doc/HMSCore-References/server-error-codes-0000001062371380
"""

import json
import re
import secrets
from collections.abc import Mapping

from providers.simulator.exchange import Reply
from providers.simulator.huawei_answers import JSON

INVALID_REQUEST = 1101
GRANT_TYPE = (20182, "invalid grant_type")
CLIENT_ID_FORMAT = (20002, "invalid client_id")
CLIENT_ID_UNKNOWN = (20003, "client_id does not exist")
SECRET_EMPTY = (20171, "client_secret is empty")
SECRET_WRONG = (12304, "client_id or client_secret is wrong")


def refuse(form: Mapping[str, str], client_id: str, client_secret: str) -> Reply | None:
    """Return the 400 of bad client credentials, or None for the right ones."""
    given_id, given_secret = form.get("client_id", ""), form.get("client_secret", "")
    checks = (
        (form.get("grant_type") == "client_credentials", GRANT_TYPE),
        (re.fullmatch(r"[0-9]{1,64}", given_id) is not None, CLIENT_ID_FORMAT),
        (given_id == client_id, CLIENT_ID_UNKNOWN),
        (given_secret != "", SECRET_EMPTY),
        (given_secret == client_secret, SECRET_WRONG),
    )
    return next((_refusal(*error) for passed, error in checks if not passed), None)


def fresh_token() -> str:
    """Return a new access token; like Huawei's it contains a slash."""
    return f"DQ/{secrets.token_urlsafe(48)}"


def grant(access_token: str, expires_in: int) -> Reply:
    r"""Return the 200 that carries an access token; ``expires_in`` is seconds.

    The slash is written ``\/``, as Huawei does: legal JSON, and the wrong token for who cuts it out as text.
    """
    answer = {"access_token": access_token, "expires_in": expires_in, "token_type": "Bearer"}
    return Reply(200, json.dumps(answer).replace("/", "\\/").encode(), JSON)


def _refusal(sub_error: int, description: str) -> Reply:
    error = {"error": INVALID_REQUEST, "sub_error": sub_error, "error_description": description}
    return Reply(400, json.dumps(error).encode(), JSON)
