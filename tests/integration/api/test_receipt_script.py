"""The receipt script, called directly: whose push a receipt is, what it may change, and what it leaves alone."""

import asyncio
import json
from typing import Any

import pytest
import redis

from providers.notification import fingerprint
from tests.integration.configuration import APPKEY
from worker.embedded import EmbeddedServer
from worker.store.connection import connect
from worker.store.keys import Keys, Partitions
from worker.store.receipts import Receipt, ReceiptStore
from worker.store.scripts import Scripts

NOW = 1_790_000_000_000
KEYS = Keys()
MESSAGE, USER = KEYS.message(APPKEY, "m"), KEYS.user(APPKEY, "bob")
STATISTICS = KEYS.statistics(APPKEY, "2026-09-21")
#: The journal's id: bob's push was made at 100.
LEDGER: dict[Any, Any] = {"bob": "100-0", "bob\nn\nd": "accepted r1"}


def receipt(
    code: int = 0,
    token: str = "t",  # noqa: S107 - a device's, and not a real one
    request_id: str = "r1",
    msg_id: str = "m",
) -> Receipt:
    """Return a receipt with the words of its status."""
    state = "delivered" if code == 0 else f"receipt {code} word"
    return Receipt(msg_id, request_id, token, state, f"receipt_{code}", is_token_dead=code == 5)


@pytest.fixture
def apply(redis_server: EmbeddedServer, database: redis.Redis) -> Any:
    """Apply the receipts of one request."""
    assert database.ping()

    async def run(receipts: tuple[Receipt, ...]) -> list[int]:
        connection = connect(redis_server.url)
        try:
            return await ReceiptStore(Scripts(connection.writer), Partitions(), 86_400).apply(
                APPKEY, "n", "huawei", receipts, NOW
            )
        finally:
            await connection.aclose()

    return lambda *receipts: asyncio.run(run(receipts))


def ledger(database: redis.Redis) -> dict[str, str]:
    """Return the message's ledger."""
    found: Any = database.hgetall(MESSAGE)
    return {name.decode(): state.decode() for name, state in found.items()}


def test_a_request_of_many_tokens(apply: Any, database: redis.Redis) -> None:
    """Pushes that share a request id are told apart by the token's fingerprint."""
    pushes: dict[Any, Any] = {f"u{n}\nn\nd": f"accepted r1 {fingerprint(f't{n}')}" for n in range(3)}
    database.hset(MESSAGE, mapping={f"u{n}": "100-0" for n in range(3)} | pushes)
    assert apply(receipt(0, "t1"), receipt(6, "t2"), receipt(0, "t9")) == [1, 1, 0]
    assert [state for name, state in ledger(database).items() if "\n" in name] == [
        pushes["u0\nn\nd"],
        "delivered",
        f"receipt 6 word r1 {fingerprint('t2')}",
    ]


def test_one_token_of_two_users(apply: Any, database: redis.Redis) -> None:
    """A phone that two users are bound to got both their pushes; a second receipt of it counts nothing."""
    state = f"accepted r1 {fingerprint('t')}"
    database.hset(MESSAGE, mapping={"bob": "1-0", "eve": "1-0", "bob\nn\nd": state, "eve\nn\nd": state})
    assert apply(receipt(), receipt()) == [2, 0]
    assert database.hgetall(STATISTICS) == {b"huawei:receipt_0": b"2"}


def test_without_fingerprints_only_a_single_push_is_meant(apply: Any, database: redis.Redis) -> None:
    """Where the ledger names no token, a request id of two pushes says nothing about either."""
    database.hset(MESSAGE, mapping={**LEDGER, "eve": "1-0", "eve\nn\nd": "accepted r1"})
    before = ledger(database)
    assert (apply(receipt()), ledger(database)) == ([0], before)


@pytest.mark.parametrize(
    "state", ["planned", "retry ambiguous, attempt 1", "rejected 80300007", "expired", "delivered", "accepted r2"]
)
def test_only_an_accepted_push_is_changed(apply: Any, database: redis.Redis, state: str) -> None:
    """A push that is in another state, or another push, is left as it is."""
    database.hset(MESSAGE, mapping={**LEDGER, "bob\nn\nd": state})
    assert (apply(receipt()), ledger(database)["bob\nn\nd"]) == ([0], state)


def test_another_channel_is_not_meant(apply: Any, database: redis.Redis) -> None:
    """The same request id in another channel's push is a coincidence."""
    database.hset(MESSAGE, mapping={"bob": "100-0", "bob\nother\nd": "accepted r1"})
    assert apply(receipt()) == [0]


def test_delivery_comes_after_a_wait(apply: Any, database: redis.Redis) -> None:
    """A push that waited for its phone is delivered later; nothing takes a delivery back."""
    database.hset(MESSAGE, mapping=LEDGER)
    assert apply(receipt(201)) == [1]
    assert apply(receipt(0)) == [1]
    assert apply(receipt(201), receipt(0)) == [0, 0]
    assert ledger(database)["bob\nn\nd"] == "delivered"


def test_the_order_within_a_request_counts(apply: Any, database: redis.Redis) -> None:
    """Receipts of one push in one request are applied one after the other."""
    database.hset(MESSAGE, mapping=LEDGER)
    assert apply(receipt(27), receipt(0), receipt(27)) == [1, 1, 0]
    assert ledger(database)["bob\nn\nd"] == "delivered"


def test_a_ledger_keeps_its_end(apply: Any, database: redis.Redis) -> None:
    """A receipt does not lengthen a message's memory, and brings none back."""
    database.hset(MESSAGE, mapping=LEDGER)
    database.expire(MESSAGE, 1000)
    assert apply(receipt(), receipt(msg_id="gone")) == [1, 0]
    assert 0 < int(database.ttl(MESSAGE)) <= 1000
    assert not database.exists(KEYS.message(APPKEY, "gone"))


#: Changes to the stored device -> whether it is retired.
RETIREMENTS: dict[str, tuple[dict[str, Any], bool]] = {
    "as it was": ({}, True),
    "bound when the push was made": ({"bound_at": 100}, True),
    "bound since": ({"bound_at": 101}, False),
    "another token": ({"token": "new"}, False),
    "another device": ({"device_id": "e"}, False),
    "another channel": ({"notifier": "o"}, False),
    "binding of unknown date": ({"bound_at": 0}, True),
}


@pytest.mark.parametrize(("changes", "is_retired"), RETIREMENTS.values(), ids=list(RETIREMENTS))
def test_only_what_is_dead_is_retired(
    apply: Any, database: redis.Redis, changes: dict[str, Any], is_retired: bool
) -> None:
    """A token is set aside only if it is still the stored one and was bound before the push was made."""
    other = {"device_id": "x", "notifier": "n", "token": "x", "bound_at": 1}
    device = {"device_id": "d", "notifier": "n", "token": "t", "bound_at": 5, **changes}
    database.hset(USER, "d", json.dumps([other, device]))
    database.hset(MESSAGE, mapping=LEDGER)
    assert apply(receipt(5)) == [1]
    kept, retired = json.loads(database.hget(USER, "d") or "[]"), json.loads(database.hget(USER, "r") or "[]")
    assert kept == [other] if is_retired else kept == [other, device]
    assert retired == ([{**device, "reason": "receipt 5 word", "retired_at": NOW}] if is_retired else [])
    assert database.hget(STATISTICS, "retired") == (b"1" if is_retired else None)


def test_unreadable_state_stops_nothing(apply: Any, database: redis.Redis) -> None:
    """One user's broken state keeps no other receipt from being applied, and is not touched."""
    database.hset(USER, "d", "[{broken")
    database.hset(MESSAGE, mapping={**LEDGER, "eve": "1-0", "eve\nn\nd": "accepted r2"})
    assert apply(receipt(5), receipt(0, request_id="r2")) == [1, 1]
    assert database.hget(USER, "d") == b"[{broken"
