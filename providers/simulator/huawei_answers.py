"""The answers of Huawei Push Kit: ``{"code", "msg", "requestId"}`` and the HTTP status each code travels with.

https://developer.huawei.com/consumer/en/doc/harmonyos-references/push-scenariozed-api-response
"""

import json
from collections import defaultdict
from collections.abc import Sequence

from providers.simulator.exchange import Reply

JSON = (("content-type", "application/json;charset=utf-8"),)

SUCCESS = "80000000"
PARTIAL = "80100000"
BAD_PARAMETER = "80100001"
BAD_STRUCTURE = "80100003"
BAD_EXPIRY = "80100004"
BAD_COLLAPSE_KEY = "80100013"
SENSITIVE = "80100016"
NOT_AUTHENTIC = "80200001"
OAUTH_EXPIRED = "80200003"
JWT_EXPIRED = "80200005"
NO_RIGHT = "80300002"
INVALID_TOKENS = "80300007"
TOO_LARGE = "80300008"
TOKEN_COUNT = "80300010"  # noqa: S105 - a code
TEST_TOKEN_COUNT = "80300030"  # noqa: S105 - a code
JWT_TOO_LONG = "80300036"
INTERNAL = "81000001"

#: code -> (HTTP status, msg).
ANSWERS = {
    SUCCESS: (200, "Success"),
    PARTIAL: (200, "Check Parameter Partial Success."),
    BAD_PARAMETER: (400, "Some request parameters are incorrect"),
    BAD_STRUCTURE: (400, "Illegal payload"),
    BAD_EXPIRY: (400, "The message expiration time is earlier than the current time"),
    BAD_COLLAPSE_KEY: (400, "The collapse_key message field is invalid"),
    SENSITIVE: (400, "The message contains sensitive information"),
    NOT_AUTHENTIC: (401, "Oauth authentication error"),
    OAUTH_EXPIRED: (401, "Oauth Token expired"),
    JWT_EXPIRED: (401, "The JWT token expired"),
    NO_RIGHT: (400, "The application is forbidden to send messages"),
    INVALID_TOKENS: (400, "All the tokens are invalid"),
    TOO_LARGE: (400, "The message body size exceeds the default value"),
    TOKEN_COUNT: (400, "The number of tokens in the message body does not meet the default value"),
    TEST_TOKEN_COUNT: (400, "The number of tokens of a test message exceeds 10"),
    JWT_TOO_LONG: (400, "The JWT token is valid for more than one day"),
    INTERNAL: (500, "System inner error"),
}


def answer(code: str, request_id: str, msg: str = "") -> Reply:
    """Return the answer for a code; ``msg`` replaces its usual text."""
    status, usual = ANSWERS[code]
    body = {"code": code, "msg": msg or usual, "requestId": request_id}
    return Reply(status, json.dumps(body).encode(), JSON)


def listed(success: int, illegal: Sequence[str]) -> str:
    """Return the ``msg`` of v1 and v2 for a partial success: JSON in a string, names in snake_case."""
    return json.dumps({"success": success, "failure": len(illegal), "illegal_tokens": illegal})


def by_reason(success: int, illegal: Sequence[tuple[str, str]], *, padded: bool) -> str:
    """Return the ``msg`` of v3: JSON in a string, a map of reasons to tokens.

    Args:
        success: how many tokens were accepted.
        illegal: (token, reason) for each that was not.
        padded: True puts blanks around the reasons, as Huawei's own sample has them.
    """
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for token, reason in illegal:
        reasons[f" {reason} " if padded else reason].append(token)
    return json.dumps({"success": success, "failure": len(illegal), "illegalTokens": reasons})
