"""What the token endpoints of FCM and Huawei share: the form that comes in, the bearer tokens that go out."""

from collections.abc import Callable
from enum import Enum
from urllib.parse import parse_qsl

from providers.simulator.exchange import Request

#: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
BEARER = "bearer "


class Standing(Enum):
    """What an access token is worth now."""

    VALID = "valid"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class AccessTokens:
    """The access tokens given out, each until its own expiry; a newer one does not end an older one."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._expiries: dict[str, float] = {}

    def issue(self, token: str, lifetime: float) -> None:
        """Let a token be valid for ``lifetime`` seconds from now."""
        self._expiries[token] = self._clock() + lifetime

    def standing(self, token: str) -> Standing:
        """Return what a bearer's token is worth by the clock."""
        expiry = self._expiries.get(token)
        if expiry is None:
            return Standing.UNKNOWN
        return Standing.VALID if self._clock() < expiry else Standing.EXPIRED


def bearer(request: Request) -> str | None:
    """Return the bearer token of a request, or None."""
    header = request.header("authorization") or ""
    if not header.lower().startswith(BEARER):
        return None
    return header[len(BEARER) :].strip() or None


def form(request: Request) -> dict[str, str]:
    """Return the members of a form body; the last of a repeated name wins."""
    return dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
