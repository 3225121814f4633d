"""What is remembered of the API's callers: rates, revocations, attempts at a secret."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import redis
from redis.asyncio import Redis

from tests.integration.eventually import eventually
from tests.integration.script_calls import Run
from worker.store.gathering import gathering
from worker.store.keys import Keys
from worker.store.scripts import Scripts
from worker.store.tokens import Bucket, Revoked, TokenStore
from worker.tokens import Claims

APP, ADDRESS = "org#app", "192.0.2.1"
ISSUED_MS, EXPIRES_MS = 1_790_000_000_000, 1_790_000_600_000
#: Practically nothing comes back while a test runs.
SLOW = Bucket("push", per_s=0.001, burst=3)
KEYS = Keys(0)
Work = Callable[[TokenStore], Coroutine[Any, Any, Any]]


@pytest.fixture
def stored(run: Run) -> Callable[[Work], Any]:
    """Run a coroutine with the store."""

    async def with_store(client: Redis, work: Work) -> Any:
        gathered = gathering(client)  # as the API has it
        return await work(TokenStore(gathered, Scripts(gathered)))

    return lambda work: run(lambda client: with_store(client, work))


def claims(name: str = "t1", user: str | None = "bob", appkey: str = APP, issued_ms: int = ISSUED_MS) -> Claims:
    """Return what a token says."""
    return Claims(appkey, user, name, issued_ms, EXPIRES_MS)


async def admitted(store: TokenStore, *tokens: Claims, bucket: Bucket = SLOW) -> list[int | Revoked]:
    """Admit one request of each."""
    return [await store.admit(token, bucket) for token in tokens]


def test_a_rate_is_used_up(stored: Callable[[Work], Any]) -> None:
    """As many as may come at once are admitted, whoever comes; the next is told when it would be."""
    answers = stored(lambda store: admitted(store, claims(), claims(user=None), claims(user="eve"), claims()))
    assert answers[:3] == [0, 0, 0]
    assert 900_000 < answers[3] <= 1_000_000


def test_a_refused_request_uses_nothing(stored: Callable[[Work], Any], database: redis.Redis) -> None:
    """Who goes on asking does not wait longer for it."""
    stored(lambda store: admitted(store, *[claims()] * 3))
    before = database.get(KEYS.rate(APP, "push"))
    assert 0 not in stored(lambda store: admitted(store, *[claims()] * 5))
    assert database.get(KEYS.rate(APP, "push")) == before


def test_rates_are_apart(stored: Callable[[Work], Any]) -> None:
    """Another kind of request and another app have their own."""
    stored(lambda store: admitted(store, *[claims()] * 3))
    assert stored(lambda store: admitted(store, claims(appkey="org#other"))) == [0]
    assert stored(lambda store: admitted(store, claims(), bucket=Bucket("template", 0.001, 1))) == [0]


def test_a_rate_comes_back(stored: Callable[[Work], Any], database: redis.Redis) -> None:
    """Time gives it back, and a rate that nobody uses leaves no key."""
    quick = Bucket("push", per_s=20, burst=1)
    assert stored(lambda store: admitted(store, claims(), bucket=quick)) == [0]
    eventually(lambda: stored(lambda store: admitted(store, claims(), bucket=quick)), lambda answer: answer == [0])
    eventually(lambda: database.exists(KEYS.rate(APP, "push")), lambda count: count == 0)


def test_one_token_is_revoked(stored: Callable[[Work], Any], database: redis.Redis) -> None:
    """It alone, until it would have expired; and what is revoked uses up no rate."""
    stored(lambda store: store.revoke(claims("t1"), EXPIRES_MS - 60_000))
    answers = stored(lambda store: admitted(store, *[claims("t1")] * 5, claims("t2")))
    assert answers == [*[Revoked.REVOKED] * 5, 0]
    assert 0 < database.pttl(KEYS.revoked_token(APP, "t1")) <= 60_000


def test_a_user_s_tokens_are_revoked(stored: Callable[[Work], Any]) -> None:
    """All that were given until then, of that user of that app; later ones are good."""
    stored(lambda store: store.revoke_user(APP, "bob", ISSUED_MS))
    later = claims(issued_ms=ISSUED_MS + 1)
    others = [claims(user="eve"), claims(user=None), claims(appkey="org#other")]
    answers = stored(lambda store: admitted(store, claims("t1"), claims("t2"), later, *others[:2]))
    assert answers == [Revoked.REVOKED, Revoked.REVOKED, 0, 0, 0]
    assert stored(lambda store: admitted(store, others[2])) == [0]


def test_an_app_s_tokens_are_revoked(stored: Callable[[Work], Any]) -> None:
    """Its own and its users', and no other app's."""
    stored(lambda store: store.revoke_app(APP, ISSUED_MS))
    answers = stored(lambda store: admitted(store, claims(), claims(user=None), claims(appkey="org#other")))
    assert answers == [Revoked.REVOKED, Revoked.REVOKED, 0]


def test_a_revocation_never_shrinks(stored: Callable[[Work], Any]) -> None:
    """One with an earlier moment, from a machine whose clock is behind, revives nothing."""
    stored(lambda store: store.revoke_app(APP, ISSUED_MS))
    stored(lambda store: store.revoke_app(APP, ISSUED_MS - 10_000))
    assert stored(lambda store: admitted(store, claims())) == [Revoked.REVOKED]


def attempts(number: int, address: str = ADDRESS) -> Work:
    """Return so many attempts at the same time."""

    async def work(store: TokenStore) -> list[int]:
        return await asyncio.gather(*(store.attempt(APP, address) for _ in range(number)))

    return work


def test_guesses_at_a_time_gain_nothing(stored: Callable[[Work], Any]) -> None:
    """Of fifty at once twenty are let in; another address and one that is forgiven begin anew."""
    assert stored(attempts(50)).count(0) == 20
    assert stored(attempts(1, "192.0.2.2")) == [0]
    stored(lambda store: store.forgive(APP, ADDRESS))
    assert stored(attempts(1)) == [0]


@pytest.mark.parametrize(
    ("before", "wait_ms"), [(19, 1_000), (20, 2_000), (21, 4_000), (40, 300_000), (10**6, 300_000)]
)
def test_waits_grow(stored: Callable[[Work], Any], database: redis.Redis, before: int, wait_ms: int) -> None:
    """Each further guess bars the next for twice as long, five minutes at the most, and all is forgotten in an hour."""
    key = KEYS.attempts(APP, ADDRESS)
    database.hset(key, mapping={"count": before, "until": 0})
    began_ms = time_ms(database)
    # Together: between two calls the shortest wait may be over.
    first, wait = stored(attempts(2))
    assert first == 0
    assert 0 < wait <= wait_ms
    until = int(database.hget(key, "until") or 0)
    assert began_ms + wait_ms <= until <= time_ms(database) + wait_ms
    assert 300_000 < database.pttl(key) <= 3_600_000


def time_ms(database: redis.Redis) -> int:
    """Return the server's time."""
    seconds, micros = database.time()
    return int(seconds) * 1000 + int(micros) // 1000
