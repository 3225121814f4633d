"""Bad days: no push is lost, none hangs, none is doubled without need, and every token is judged rightly."""

import time
from collections import Counter

import pytest
import uvloop

from providers.result import Accepted, Rejected, RejectionKind, Retryable
from tests.figures import Figure
from tests.hard.conftest import StartVendors
from tests.hard.driver import RETRIES, Driver, Story
from tests.hard.fake_vendors import VENDORS, FakeVendors, adapter

DEADLINE_S = 4.0
#: Beyond the deadline: the loop of a busy machine.
SCHEDULING_S = 2.0
_TOKEN, _CONFIGURATION = RejectionKind.TOKEN, RejectionKind.CONFIGURATION

#: Vendor -> a token's fate -> what its push has to end with; an endless Retryable is given up with that cause.
FATES: dict[str, dict[str, tuple[str, RejectionKind | None]]] = {
    "apns": {
        "bad": ("BadDeviceToken", _TOKEN),
        "wrong_topic": ("DeviceTokenNotForTopic", _TOKEN),
        "unregistered": ("Unregistered", _TOKEN),
        "expired": ("ExpiredToken", _TOKEN),
        "throttled": ("TooManyRequests", None),
    },
    "fcm": {
        "unregistered": ("UNREGISTERED", _TOKEN),
        "sender_id_mismatch": ("SENDER_ID_MISMATCH", _TOKEN),
        "invalid": ("INVALID_ARGUMENT", _TOKEN),
        "invalid_field": ("INVALID_ARGUMENT", _TOKEN),
        "ios_unregistered": ("Unregistered", _TOKEN),
        "third_party_auth_error": ("THIRD_PARTY_AUTH_ERROR", _CONFIGURATION),
    },
    "huawei": {
        "invalid": ("80300007", _TOKEN),
        "harmonyos_5": ("80300007", _TOKEN),
        "noRight": ("80300007", _TOKEN),
        "internal_error": ("81000001", None),
    },
}
#: One push in so many goes to a token with a fate.
ONE_IN = 20


def fated(vendor: str, pushes: int) -> dict[str, str]:
    """Return token -> state; every twentieth in turn has a fate, the others are valid."""
    states = list(FATES[vendor])
    every = {f"{number:064x}": number for number in range(pushes)}
    return {
        token: "valid" if number % ONE_IN else states[number // ONE_IN % len(states)] for token, number in every.items()
    }


def is_deserved(vendor: str, state: str, story: Story) -> bool:
    """Return whether a push may end so."""
    reason, kind = FATES[vendor].get(state, ("", None))
    match story.end:
        case Accepted():
            return state == "valid"
        case Rejected():
            return (story.end.reason, story.end.kind) == (reason, kind)
        case Retryable():
            causes = {result.cause for result in story.results if isinstance(result, Retryable)}
            return kind is None and len(story.results) == RETRIES.attempts and reason in causes


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_is_lost_doubled_or_misjudged(
    vendor: str, start_vendors: StartVendors, figure: Figure, is_long: bool
) -> None:
    """Through the hard profile every good token gets its push, every bad one its reason, and nothing hangs."""
    states = fated(vendor, 10_000 if is_long else 600)
    with start_vendors("--profile", "hard", "--seed", "11", "--ledger-payloads", "off") as vendors:
        vendors.set_tokens(vendor, {token: state for token, state in states.items() if state != "valid"})
        started = time.perf_counter()
        stories = uvloop.run(delivered(vendors, vendor, states))
        seconds = time.perf_counter() - started
        report(figure, vendor, stories, vendors, seconds)
        check_ends(vendor, states, stories)
        check_books(vendors, vendor, states, stories)


async def delivered(vendors: FakeVendors, vendor: str, states: dict[str, str]) -> dict[str, Story]:
    """Push to every token."""
    async with adapter(vendors, vendor) as provider:
        return await Driver(provider, deadline=DEADLINE_S).deliver(states)


def check_ends(vendor: str, states: dict[str, str], stories: dict[str, Story]) -> None:
    """Every push ended as its token deserves, in time."""
    wrong = [
        (states[token], story.end) for token, story in stories.items() if not is_deserved(vendor, states[token], story)
    ]
    assert wrong == []
    assert max(story.longest_s for story in stories.values()) < DEADLINE_S + SCHEDULING_S


def check_books(vendors: FakeVendors, vendor: str, states: dict[str, str], stories: dict[str, Story]) -> None:
    """The vendor has what we say it has, and every repeat of an accepted push had its reason, on both sides."""
    tries, counts = vendors.tries(vendor), vendors.statistics(vendor)
    good = [token for token, state in states.items() if state == "valid"]
    assert [token for token in good if tries[token]["accepted"] == 0] == []
    assert counts["accepted_messages"] == len(good)
    spare = {token: tries[token]["accepted"] - 1 for token in good}
    assert sum(spare.values()) == counts["duplicates"]
    assert [token for token in good if spare[token] > stories[token].maybe_sent] == []
    # An answer that nobody lost, and a repeat all the same: only our deadline can have come between.
    crossed = {token: max(0, spare[token] - tries[token]["answers_lost"]) for token in good}
    assert [token for token in good if crossed[token] > stories[token].timed_out] == []
    assert counts["unexplained_duplicates"] == sum(crossed.values())


def report(figure: Figure, vendor: str, stories: dict[str, Story], vendors: FakeVendors, seconds: float) -> None:
    """Keep the figures of a run."""
    counts = vendors.statistics(vendor)
    causes = Counter(
        result.cause for story in stories.values() for result in story.results if isinstance(result, Retryable)
    )
    accepted = sum(isinstance(story.end, Accepted) for story in stories.values())
    rejected = sum(isinstance(story.end, Rejected) for story in stories.values())
    figure(
        f"hard profile, {vendor}: {len(stories)} pushes in {seconds:.1f} s, {accepted} accepted, {rejected} rejected,"
        f" {len(stories) - accepted - rejected} given up by fate; {counts['attempts']} attempts at the vendor,"
        f" most for one {counts['most_attempts']}; answers lost {counts['answers_lost']},"
        f" duplicates {counts['duplicates']}, {counts['unexplained_duplicates']} of them because the answer came at the"
        f" deadline, none for another reason;"
        f" {counts['connections']['opened']} connections; longest send"
        f" {max(story.longest_s for story in stories.values()):.2f} s of {DEADLINE_S:.0f}; faults"
        f" {sum(counts['faults'].values()) - counts['faults'].get('delay', 0)} besides delays; repeated for"
        f" {dict(causes.most_common())}"
    )
