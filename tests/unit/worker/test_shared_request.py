"""What a sender puts into a request for many phones, and what it makes of the answer."""

import asyncio
from collections.abc import Sequence

import pytest

from policy.breaker import Breaker
from policy.breaker_rules import BreakerPolicy
from policy.invalidation import Invalidation, InvalidationPolicy
from providers import huawei_batch
from providers.notification import Notification
from providers.result import Accepted, Rejected, RejectionKind, Result
from tests.factories import NOW
from tests.jobs import changed, push_job
from worker.clock import steady_clock
from worker.gate import Gate
from worker.push import Push
from worker.sender import Sender, SendLimits
from worker.store.settlements import Done, Retire, Settlement
from worker.token_deaths import TokenDeaths

GROUP = push_job(data={"m": "m", "g": "77"}, title="Night runners", badge=4, collapse_id="c")
DEAD = Rejected("80300007", RejectionKind.TOKEN)


class Plain:
    """Takes one token in a request, and calls those dead that say so."""

    def __init__(self) -> None:
        """Note what it is sent."""
        self.single: list[Notification] = []

    async def send(self, notification: Notification, _: float) -> Result:
        """Take it."""
        self.single.append(notification)
        return result_of(notification.token)

    async def aclose(self) -> None:
        """Have nothing to close."""


class Vendor(Plain):
    """Takes many tokens in a request, too."""

    batch_size = 1000

    def __init__(self) -> None:
        """Note what it is sent."""
        super().__init__()
        self.shared: list[tuple[Notification, Sequence[str]]] = []

    def may_share(self, notification: Notification) -> bool:
        """Answer as Huawei's adapter does."""
        return huawei_batch.may_share(notification)

    async def send_batch(self, notification: Notification, tokens: Sequence[str], _: float) -> Sequence[Result]:
        """Take many."""
        self.shared.append((notification, tokens))
        return [result_of(token) for token in tokens]


def result_of(token: str) -> Result:
    """Return what a vendor says of a token."""
    return DEAD if token.startswith("dead") else Accepted(f"id of {token}")


@pytest.fixture
def vendor() -> Vendor:
    """A vendor that was sent nothing yet."""
    return Vendor()


@pytest.fixture
def sender(vendor: Vendor) -> Sender:
    """Its sender."""
    deaths = TokenDeaths("org#app", "n", Invalidation(InvalidationPolicy()), steady_clock)
    return Sender("huawei", vendor, SendLimits(), deaths, lambda: NOW, lambda: 0.5)


def pushes(*tokens: str) -> list[Push]:
    """Return pushes of one draft, each to a user of its own."""
    jobs = [changed(GROUP, user=f"user {token}", token=token, draft=GROUP.draft) for token in tokens]
    return [Push(token.encode(), job) for token, job in zip(tokens, jobs, strict=True)]


def gate_for(sender: Sender, count: int) -> Gate:
    """Return an open gate that has been promised so many pushes."""
    gate = Gate("org#app", "n", sender.slots, Breaker(BreakerPolicy(), sender.slots), steady_clock, lambda: 0.5)
    gate.take(count)
    return gate


async def sent(sender: Sender, found: Sequence[Push]) -> list[Settlement]:
    """Send pushes in the parcels that they make; return how each is to be settled, in their order."""
    gate = gate_for(sender, len(found))
    return [each for parcel in sender.parcels(found) for each in await sender.send(parcel, gate)]


def test_many_phones_are_sent_what_they_have_in_common(sender: Sender, vendor: Vendor) -> None:
    """One notification that names nobody, and the tokens in their order; each push is settled with its own answer."""
    found = pushes("a", "b", "c")
    settlements = asyncio.run(sent(sender, found))
    assert vendor.shared == [(GROUP.shared(), ["a", "b", "c"])]
    assert vendor.single == []
    assert [(each.entry_id, each.job, each.state, each.action) for each in settlements] == [
        (push.entry_id, push.job, f"accepted id of {push.job.token}", Done()) for push in found
    ]


def test_one_dead_token_is_one_device_s(sender: Sender) -> None:
    """Among accepted ones it is retired, and nobody else's."""
    found = pushes("a", "dead b", "c")
    settlements = asyncio.run(sent(sender, found))
    assert [each.job for each in settlements] == [push.job for push in found]
    assert [each.action for each in settlements] == [Done(), Retire("80300007"), Done()]


def test_one_phone_is_sent_its_own(sender: Sender, vendor: Vendor) -> None:
    """A push that has a request to itself names its user, also one of a group message."""
    (push,) = pushes("a")
    asyncio.run(sent(sender, [push]))
    assert (vendor.shared, vendor.single) == ([], [push.job.addressed()])


def test_a_vendor_that_came_between_and_takes_one(sender: Sender) -> None:
    """Pushes that were sorted for a provider of batches go one by one through the one that has replaced it."""
    found, plain = pushes("a", "dead b"), Plain()

    async def act() -> list[Settlement]:
        (parcel,) = sender.parcels(found)
        await sender.replace(plain)
        return await sender.send(parcel, gate_for(sender, len(found)))

    settlements = asyncio.run(act())
    assert plain.single == [push.job.addressed() for push in found]
    assert [each.action for each in settlements] == [Done(), Retire("80300007")]
