"""The circuit breaker of a channel: what opens it, for how long, and how it comes back."""

import pytest

from policy.breaker import Breaker, BreakerState, Era
from policy.breaker_rules import BreakerPolicy
from policy.sign import Sign
from policy.transition import Transition

POLICY = BreakerPolicy()
SLOTS = 200


class Channel:
    """A breaker with a clock, one send after the other."""

    def __init__(self, policy: BreakerPolicy = POLICY, slots: int = SLOTS) -> None:
        self.breaker, self.now_ms, self.jitter = Breaker(policy, slots), 0, 0.999_999

    def send(self, *signs: Sign, units: int = 1, retry_after_s: float | None = None) -> list[Transition]:
        """Start and finish a send for each sign; return the transitions."""
        changes = []
        for sign in signs:
            era = self.breaker.start(self.now_ms, units)
            assert era is not None
            change = self.finish(era, sign, units=units, retry_after_s=retry_after_s)
            changes += [change] if change else []
        return changes

    def finish(self, era: Era, sign: Sign, *, units: int = 1, retry_after_s: float | None = None) -> Transition | None:
        """Finish a send."""
        return self.breaker.observe(
            era, sign, self.now_ms, jitter=self.jitter, units=units, retry_after_s=retry_after_s
        )

    def opened(self, *signs: Sign, retry_after_s: float | None = None) -> float:
        """Send, with the last sign the one that opens it; return the pause in seconds."""
        *others, last = signs
        assert self.send(*others, retry_after_s=retry_after_s) == []
        (change,) = self.send(last, retry_after_s=retry_after_s)
        assert change.after == "open"
        assert change.until_ms is not None
        return (change.until_ms - self.now_ms) / 1000

    def wait(self) -> None:
        """Let the time pass until there is a permit."""
        wake_ms = self.breaker.wake_at(self.now_ms)
        assert wake_ms is not None
        self.now_ms = wake_ms

    @property
    def state(self) -> BreakerState:
        """The state now."""
        return self.breaker.state(self.now_ms)


@pytest.fixture
def channel() -> Channel:
    """A channel without a past."""
    return Channel()


def test_a_healthy_channel_has_all_its_slots(channel: Channel) -> None:
    """A breaker that is closed is in nobody's way."""
    assert channel.send(*[Sign.GOOD] * 1000) == []
    assert (channel.breaker.permits(0), channel.breaker.wake_at(0), channel.breaker.why) == (SLOTS, 0, "")


@pytest.mark.parametrize(
    ("sign", "count", "why"),
    [
        (Sign.FAILED, 10, "10 in a row failed or throttled"),
        (Sign.THROTTLED, 5, "5 in a row throttled"),
        (Sign.MISCONFIGURED, 5, "5 in a row refused as misconfigured"),
    ],
)
def test_so_many_in_a_row_open_it(channel: Channel, sign: Sign, count: int, why: str) -> None:
    """One less does not, and a good one in between begins the row again."""
    assert channel.send(*[sign] * (count - 1), Sign.GOOD, *[sign] * (count - 1)) == []
    assert channel.state is BreakerState.CLOSED
    (change,) = channel.send(sign)
    assert (change.before, change.after, change.why) == ("closed", "open", why)
    assert (channel.state, channel.breaker.why, channel.breaker.permits(0)) == (BreakerState.OPEN, why, 0)
    assert channel.breaker.start(0) is None


def test_failures_and_throttling_make_one_row(channel: Channel) -> None:
    """A vendor that answers 503 and nothing by turns is as bad as one that does either."""
    assert channel.opened(*[Sign.FAILED, Sign.THROTTLED] * 4, Sign.FAILED, Sign.FAILED) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("sign", [Sign.UNKNOWN, Sign.GOOD])
def test_what_says_nothing_changes_nothing(channel: Channel, sign: Sign) -> None:
    """A push that was never handed to the vendor counts for nothing, however often it comes."""
    assert channel.send(*[Sign.FAILED] * 9, *[Sign.UNKNOWN] * 100) == []
    assert channel.send(sign) == []
    assert bool(channel.send(Sign.FAILED)) is (sign is Sign.UNKNOWN)


def test_half_of_twenty_opens_it(channel: Channel) -> None:
    """Every second send failing is no channel to send on; with nineteen it is too early to say."""
    assert channel.send(*[Sign.GOOD, Sign.FAILED] * 9, Sign.GOOD) == []
    (change,) = channel.send(Sign.FAILED)
    assert change.why == "10 of 20 failed or throttled"


def test_less_than_half_does_not(channel: Channel) -> None:
    """A vendor with two failures in five is slow work for the retries, and no reason to stop."""
    assert channel.send(*[Sign.GOOD, Sign.FAILED, Sign.GOOD, Sign.FAILED, Sign.GOOD] * 200) == []


def test_old_failures_are_forgotten(channel: Channel) -> None:
    """The share is that of the last ten seconds."""
    for _ in range(100):
        assert channel.send(Sign.FAILED, Sign.GOOD) == []
        channel.now_ms += 1_200


def test_misconfigured_answers_do_not_spoil_the_share(channel: Channel) -> None:
    """Refused credentials for every second push, and good answers between, leave the channel open."""
    assert channel.send(*[Sign.GOOD, Sign.MISCONFIGURED] * 500) == []
    channel.now_ms += 10_000
    (change,) = channel.send(*[Sign.GOOD, Sign.MISCONFIGURED, Sign.FAILED] * 10)
    assert change.why == "10 of 20 failed or throttled"


def test_the_pauses_double_and_are_bounded(channel: Channel) -> None:
    """From one second to a minute while every probe fails."""
    pauses = [channel.opened(*[Sign.FAILED] * 10)]
    for _ in range(8):
        channel.wait()
        assert channel.state is BreakerState.HALF_OPEN
        pauses.append(channel.opened(Sign.FAILED))
    assert pauses == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60, 60], abs=0.01)


def test_the_jitter_takes_up_to_half(channel: Channel) -> None:
    """Many processes do not come back in one instant, and none at once."""
    channel.jitter = 0.0
    assert channel.opened(*[Sign.FAILED] * 10) == 0.5


def test_a_wrong_credential_pauses_for_long(channel: Channel) -> None:
    """Half a minute, growing to five: one push each time, because only a person can mend it."""
    pauses = [channel.opened(*[Sign.MISCONFIGURED] * 5)]
    for _ in range(5):
        channel.wait()
        assert channel.breaker.permits(channel.now_ms) == 1
        pauses.append(channel.opened(Sign.MISCONFIGURED))
    assert pauses == pytest.approx([30, 60, 120, 240, 300, 300], abs=0.01)


def test_a_probe_that_finds_another_fault_is_no_proof(channel: Channel) -> None:
    """One refusal after an outage may be about a part of the channel; five in a row are about the channel."""
    channel.opened(*[Sign.FAILED] * 10)
    channel.wait()
    assert channel.send(*[Sign.MISCONFIGURED] * 4) == []
    assert channel.breaker.permits(channel.now_ms) == 1
    assert channel.opened(Sign.MISCONFIGURED) == pytest.approx(30, abs=0.01)


def test_the_vendors_delay_is_kept(channel: Channel) -> None:
    """Throttling that names a delay pauses for it, and the usual pause comes on top."""
    assert channel.opened(*[Sign.THROTTLED] * 5, retry_after_s=30.0) == pytest.approx(31, abs=0.01)


def test_one_odd_delay_does_not_park_the_channel(channel: Channel) -> None:
    """The delay is the one that all who named any agree on."""
    channel.send(Sign.THROTTLED, retry_after_s=600.0)
    assert channel.opened(*[Sign.THROTTLED] * 4, retry_after_s=2.0) == pytest.approx(3, abs=0.01)


def test_the_delay_of_one_pause_is_not_that_of_the_next(channel: Channel) -> None:
    """What the vendor named before the pause was kept; the probe's own answer counts after it."""
    channel.opened(*[Sign.THROTTLED] * 5, retry_after_s=30.0)
    channel.wait()
    assert channel.opened(Sign.THROTTLED) == pytest.approx(2, abs=0.01)
    channel.wait()
    assert channel.opened(Sign.THROTTLED, retry_after_s=120.0) == pytest.approx(124, abs=0.01)


def test_one_throttled_device_is_not_the_channel(channel: Channel) -> None:
    """A device that is throttled again and again says nothing new; five devices do."""
    breaker = channel.breaker
    for device in ["chatty"] * 100 + ["b", "c", "d"]:
        era = breaker.start(0)
        assert era is not None
        assert breaker.observe(era, Sign.THROTTLED, 0, jitter=0.0, device=device) is None
    era = breaker.start(0)
    assert era is not None
    change = breaker.observe(era, Sign.THROTTLED, 0, jitter=0.0, device="e")
    assert change is not None
    assert change.why == "5 in a row throttled"


def _half_open(channel: Channel) -> None:
    channel.opened(*[Sign.FAILED] * 10)
    channel.wait()


def test_it_comes_back_by_doubling(channel: Channel) -> None:
    """One probe, then two, four, …, then all slots: a vendor that is back is not run over by the backlog."""
    _half_open(channel)
    rounds, changes = [], []
    while channel.state is BreakerState.HALF_OPEN:
        eras = [channel.breaker.start(channel.now_ms) for _ in range(channel.breaker.permits(channel.now_ms))]
        rounds.append(len(eras))
        assert (channel.breaker.permits(channel.now_ms), channel.breaker.start(channel.now_ms)) == (0, None)
        assert channel.breaker.wake_at(channel.now_ms) is None
        changes += [channel.finish(era, Sign.GOOD) for era in eras if era is not None]
    assert rounds == [1, 2, 4, 8, 16, 32, 64, 128]
    (closed,) = (change for change in changes if change)
    assert (closed.before, closed.after) == ("half-open", "closed")
    assert closed.why == "recovered from: 10 in a row failed or throttled"
    assert (channel.breaker.permits(channel.now_ms), channel.breaker.why) == (SLOTS, "")


def test_a_request_for_many_phones_is_one_probe(channel: Channel) -> None:
    """A batch cannot be cut, so it may exceed the permits; its good end doubles them and no more."""
    _half_open(channel)
    assert channel.send(Sign.GOOD, units=100) == []
    assert channel.breaker.permits(channel.now_ms) == 2
    era = channel.breaker.start(channel.now_ms, 100)
    assert era is not None
    assert channel.breaker.permits(channel.now_ms) == 0
    assert channel.finish(era, Sign.GOOD, units=100) is None
    assert channel.breaker.permits(channel.now_ms) == 4


def test_a_few_failures_on_the_way_are_borne(channel: Channel) -> None:
    """While it comes back, failures open it again only as half of what came, or in a row."""
    _half_open(channel)
    assert channel.send(Sign.GOOD, Sign.GOOD, Sign.FAILED, Sign.GOOD) == []
    (change,) = channel.send(*[Sign.FAILED] * 2)
    assert (change.before, change.after, change.why) == ("half-open", "open", "3 of 6 failed or throttled")


def test_many_good_probes_do_not_hide_a_vendor_that_goes_again(channel: Channel) -> None:
    """After a hundred good probes, ten failures in a row open it as they open a closed one."""
    _half_open(channel)
    assert channel.send(*[Sign.GOOD] * 100) == []
    (change,) = channel.send(*[Sign.FAILED] * 10)
    assert (change.before, change.why) == ("half-open", "10 in a row failed or throttled")


def test_a_probe_that_says_nothing_makes_room_for_another(channel: Channel) -> None:
    """A push that expires, is paced or cancelled as the probe neither opens nor closes it."""
    _half_open(channel)
    assert channel.send(*[Sign.UNKNOWN] * 50) == []
    assert (channel.state, channel.breaker.permits(channel.now_ms)) == (BreakerState.HALF_OPEN, 1)


def test_little_traffic_closes_it_too(channel: Channel) -> None:
    """A channel that never uses its slots is closed after a good minute."""
    _half_open(channel)
    assert channel.send(Sign.GOOD) == []
    channel.now_ms += 59_999
    assert channel.send(Sign.GOOD) == []
    channel.now_ms += 1
    (change,) = channel.send(Sign.GOOD)
    assert change.after == "closed"


def _recover(channel: Channel) -> None:
    channel.wait()
    assert [change.after for change in channel.send(*[Sign.GOOD] * (SLOTS - 1))] == ["closed"]


def test_a_flapping_vendor_waits_longer_each_time(channel: Channel) -> None:
    """A vendor that is good for seconds only does not begin with the first pause again."""
    assert channel.opened(*[Sign.FAILED] * 10) == pytest.approx(1, abs=0.01)
    _recover(channel)
    channel.now_ms += 59_999
    assert channel.opened(*[Sign.FAILED] * 10) == pytest.approx(2, abs=0.01)


def test_a_calm_minute_begins_with_the_first_pause_again(channel: Channel) -> None:
    """A channel that was well for a minute has its past behind it."""
    assert channel.opened(*[Sign.FAILED] * 10) == pytest.approx(1, abs=0.01)
    _recover(channel)
    channel.now_ms += 60_000
    assert channel.opened(*[Sign.FAILED] * 10) == pytest.approx(1, abs=0.01)


def test_an_outage_soon_after_another_is_waited_out_in_ever_longer_pauses(channel: Channel) -> None:
    """A calm minute is one without an outage, however long the outage takes."""
    channel.opened(*[Sign.FAILED] * 10)
    _recover(channel)
    pauses = [channel.opened(*[Sign.FAILED] * 10)]
    for _ in range(7):
        channel.wait()
        pauses.append(channel.opened(Sign.FAILED))
    assert pauses == pytest.approx([2, 4, 8, 16, 32, 60, 60, 60], abs=0.01)


def test_the_failures_before_a_pause_do_not_count_after_it(channel: Channel) -> None:
    """Neither the row nor the share of the time before is held against a channel that has come back."""
    channel.opened(*[Sign.GOOD, Sign.FAILED] * 10)
    _recover(channel)
    assert channel.send(*[Sign.FAILED] * 9) == []
