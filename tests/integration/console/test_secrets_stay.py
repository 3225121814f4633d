"""A secret goes in and never comes out: not in an answer, a log, a metric, nor in Redis."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import redis

from tests.integration.api.api_process import Api
from tests.integration.api.callers import CLIENT_ID, OTHER_SECRET, SECRET, bearer, token
from tests.integration.configuration import APPKEY
from tests.integration.console.console import Console, account, apns_body, fcm_body, huawei_body
from tests.integration.console.test_hostile_credentials import CHAIN, p12
from tests.integration.deployment import Deployment, fresh, fresh_token
from tests.integration.eventually import at_last, eventually
from tests.integration.vendors import Vendors
from worker.store.keys import Keys

KEYS = Keys()
#: Texts that nothing else holds.
PASSWORD, RECEIPT, DEVICE, WORDS = (
    "pw",
    "receipt-secret-of-mine-0000",
    "device-token-of-mine-0000",
    "words-of-mine-0000",
)


def bodies(vendors: Vendors) -> Iterator[dict[str, Any]]:
    """Yield a channel of each kind of credential."""
    yield apns_body(vendors, fresh("kept"))
    yield {"provider": "apns", "notifier": fresh("kept"), "topic": "t", "cert": p12(), "cert_password": PASSWORD}
    yield fcm_body(vendors, fresh("kept"))
    yield huawei_body(vendors, fresh("kept"), receipt_user="u", receipt_secret=RECEIPT)


def spoilt(body: dict[str, Any]) -> Iterator[Any]:
    """Yield the same with something wrong, so that an error might quote it."""
    held = [
        name for name in ("key", "cert", "cert_password", "secret", "receipt_secret", "service_account") if name in body
    ]
    for name in held:
        value = body[name]
        for wrong in ([value], {"value": value}, f"{value}x", f"\0{value}", str(value) * 100):
            yield body | {name: wrong}
        yield {other: part for other, part in body.items() if other not in {name, "provider"}}
        yield body | {"topic": value, "provider": value, "rate_per_s": value, "enabled": value}
    yield [body]
    yield json.dumps(body)


def secrets_of(vendors: Vendors) -> list[str]:
    """Return a piece of each secret that was sent."""
    keys = [str(apns_body(vendors)["key"]), str(account(vendors)["private_key"])]
    lines = [line for key in keys for line in key.splitlines() if len(line) > 40]
    return [*lines, p12()[-60:], str(huawei_body(vendors)["secret"]).strip(), RECEIPT, DEVICE, WORDS, SECRET]


def everything(client: redis.Redis) -> bytes:
    """Return all that Redis holds, as text."""
    read: dict[str, Any] = {"hash": client.hgetall, "string": client.get, "stream": client.xrange}
    parts: list[Any] = [(key, client.type(key)) for key in client.scan_iter()]
    parts = [(key, kind.decode()) for key, kind in parts]
    return b"\n".join(
        repr((key, read[kind](key) if kind in read else client.dump(key))).encode() for key, kind in parts
    )


def test_nothing_comes_out(deployment: Deployment, console: Console, api: Api) -> None:
    """Right channels and wrong ones, trials that succeed and that fail, and pushes through all of them."""
    answers: list[httpx.Response] = []
    for body in bodies(deployment.vendors):
        answers.append(console.ask("POST", "channels", body))
        assert answers[-1].status_code == 200
        path = f"channels/{body['notifier']}"
        answers += [console.ask("POST", "channels", wrong) for wrong in spoilt(body)]
        answers += [console.ask("PUT", path, wrong) for wrong in spoilt(body)]
        answers += [console.ask("GET", path), console.ask("PUT", path, body | {"notifier": None})]
        trial = {"device_token": DEVICE, "title": WORDS, "body": WORDS}
        answers += [console.ask("POST", f"{path}/test", each) for each in (trial, trial | {"title": [WORDS]}, [trial])]
        user = fresh("bob")
        deployment.bind(user, str(body["provider"]), notifier=str(body["notifier"]))
        eventually(partial(has_begun, deployment, user), deadline_s=40)
    grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": SECRET}
    answers += [
        api.client.post("/org/app/token", json=each) for each in (grant | {"ttl": "x"}, grant | {"client_id": SECRET})
    ]
    answers += [console.ask("GET", "channels"), api.client.get("/metrics"), api.client.get("/openapi.json")]
    texts = [(str(answer.request.url), answer.text) for answer in answers]
    texts += [("log of the api", api.log.read_text()), ("log of the worker", deployment.worker.log())]
    texts.append(("redis", everything(deployment.client).decode("utf-8", "replace")))
    found = [(where, secret) for where, text in texts for secret in secrets_of(deployment.vendors) if secret in text]
    assert found == []


def has_begun(deployment: Deployment, user: str) -> bool:
    """Say something; return whether it led to a push. It does once the worker knows the channel."""
    return at_last(partial(is_begun, deployment, deployment.say(user)), deadline_s=3)


def is_begun(deployment: Deployment, msg_id: str) -> bool:
    """Return whether a push was sent, or at least tried."""
    return any(not state.startswith(b"planned") for name, state in deployment.delivery(msg_id).items() if b"\n" in name)


def test_a_certificate_is_shown_by_its_public_part(console: Console) -> None:
    """Its subject, its fingerprint and its end, and nothing of the chain or the key."""
    body = {"provider": "apns", "notifier": fresh("kept"), "topic": "t", "cert": p12(), "cert_password": PASSWORD}
    (made,) = console.channels("POST", body=body)
    assert set(made["credential"]) <= {"kind", "fingerprint", "expires_at", "subject"}
    assert CHAIN.splitlines()[1] not in json.dumps(made)


def test_the_same_secret_is_never_sealed_twice_alike(console: Console, database: redis.Redis, vendors: Vendors) -> None:
    """Two channels of one key, and one that is replaced by itself, cannot be told from others by what is at rest."""
    names = [fresh("kept") for _ in range(2)]
    for name in names:
        console.channels("POST", body=apns_body(vendors, name))
    sealed = {sealed_of(database, name) for name in names}
    console.channels("PUT", f"channels/{names[0]}", apns_body(vendors))
    assert len(sealed | {sealed_of(database, names[0])}) == 3


def sealed_of(client: redis.Redis, notifier: str) -> str:
    """Return what is at rest of a channel's secrets."""
    record: Any = client.hget(KEYS.app(APPKEY), f"n:{notifier}")
    return str(json.loads(record)["sealed"])


def test_a_record_opens_in_its_own_place_only(console: Console, database: redis.Redis, vendors: Vendors) -> None:
    """Copied to another app, or to another notifier, by whoever can write to Redis: nothing is sent with it."""
    notifier, other = fresh("kept"), "org#other"
    console.channels("POST", body=apns_body(vendors, notifier))
    record: Any = database.hget(KEYS.app(APPKEY), f"n:{notifier}")
    database.hset(KEYS.app(other), f"n:{notifier}", record)
    database.hset(KEYS.app(APPKEY), "n:copied", record)
    for appkey in (APPKEY, other):
        database.hincrby(KEYS.apps, appkey, 1)
    trial, headers = {"device_token": DEVICE}, bearer(token(appkey=other, secret=OTHER_SECRET))
    path = f"/org/other/console/channels/{notifier}/test"
    answer = console.client.post(path, json=trial, headers=headers)
    assert (answer.status_code, "cannot be opened" in answer.text) == (409, True)
    assert "cannot be opened" in console.refused(409, "POST", "channels/copied/test", trial)
    assert console.data("POST", f"channels/{notifier}/test", {"device_token": fresh_token()})["outcome"] == "accepted"
    database.flushall()
