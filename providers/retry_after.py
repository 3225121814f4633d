"""When a vendor says to come back: the Retry-After header, and what a table knows without it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from providers.result import Retryable

#: Seconds; the one bound of what a vendor may name. A push is worth nothing after an hour: it waits ten minutes and is
#: told again, up to six times, instead of being given up for a longer wait or a mistaken date.
LONGEST_S: Final = 600.0


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Return the Retry-After header as seconds from now, at most ten minutes, or None if it is absent or unreadable.

    Both forms of https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 are read: seconds and HTTP-date.

    Args:
        headers: names in lower case.
        now: seconds since 1970; the clock when left out.
    """
    value = headers.get("retry-after", "").strip()
    seconds = float(value) if value.isascii() and value.isdecimal() else _until(value, now)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_S)


def _until(value: str, now: float | None) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    # "-0000" gives a naive datetime, which would be read as local time.
    at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return at.timestamp() - (time.time() if now is None else now)


@dataclass(frozen=True, slots=True)
class Later:
    """A row of an error table: the same request may pass later.

    ``after_s`` is what the vendor's page names for an answer without Retry-After. ``maybe_sent`` marks the codes
    after which the notification may have gone out all the same.
    """

    after_s: float | None = None
    maybe_sent: bool = False

    def result(self, cause: str, headers: Mapping[str, str], detail: str = "") -> Retryable:
        """Return the Retryable of one answer; its Retry-After wins over the row's."""
        named = retry_after(headers)
        return Retryable(cause, self.after_s if named is None else named, self.maybe_sent, detail)
