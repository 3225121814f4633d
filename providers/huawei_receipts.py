"""What each status of a Huawei delivery receipt means, and whether it says that the token is dead.

https://developer.huawei.com/consumer/cn/doc/harmonyos-guides/push-msg-receipt (v3) and
https://developer.huawei.com/consumer/en/doc/HMS-Guides/push-receipt (v1, v2). Statuses of cards and live views,
which this project does not send, are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Status:
    """One status: its word for people, and whether the token will never work again."""

    word: str
    is_token_dead: bool = False


#: The notification is on the phone.
DELIVERED: Final = 0
_UNKNOWN: Final = Status("unknown")

#: Only what speaks of the token itself retires it. Huawei advises to spare the users of 6, 10 and 201 as well, but a
#: switch turned on again, a phone taken out of the drawer or a reinstalled app make these tokens work again.
STATUSES: Final[Mapping[int, Status]] = {
    DELIVERED: Status("delivered"),
    2: Status("app_not_installed", is_token_dead=True),
    # The phone has another token for this app: its data was cleared, it was installed anew, or it deleted the token.
    5: Status("token_unknown", is_token_dead=True),
    6: Status("notifications_off"),
    # Not seen for 30 days.
    10: Status("inactive_device"),
    14: Status("network_error"),
    # Replaced by a later one, or by more than 120 that waited.
    15: Status("collapsed"),
    # The phone is in the hands of another of its local users.
    22: Status("other_local_user"),
    # Kept on the phone until the app runs.
    27: Status("waits_for_app"),
    31: Status("page_missing"),
    # Started and not unlocked yet.
    51: Status("phone_locked"),
    102: Status("frequency_limit"),
    144: Status("profile_unknown"),
    151: Status("not_shown"),
    188: Status("app_start_failed"),
    191: Status("badge_failed"),
    201: Status("send_control"),
    256: Status("scene_frequency"),
    259: Status("content_refused"),
    264: Status("not_subscribed"),
}


def status_of(code: int) -> Status:
    """Return what a status means; one that Huawei does not document is ``unknown`` and kills no token."""
    return STATUSES.get(code, _UNKNOWN)
