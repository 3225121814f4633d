"""Channels over HTTP: what is taken, what is shown, what is sent, and what never comes out."""

import base64
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from tests.integration.api.api_process import Api, callback_id
from tests.integration.api.callers import bearer, token
from tests.integration.configuration import APPKEY
from tests.integration.console.console import FILE_NOTIFIER, Console, account, apns_body, fcm_body, huawei_body
from tests.integration.deployment import fresh, fresh_token
from tests.integration.vendors import Vendors
from worker.embedded import EmbeddedServer
from worker.store.keys import Keys

Body = Callable[..., dict[str, Any]]
BODIES: dict[str, Body] = {"apns": apns_body, "fcm": fcm_body, "huawei": huawei_body}
KEYS = Keys()
LEAF = trustme.CA().issue_cert("push.example")
CERTIFICATE = x509.load_pem_x509_certificate(LEAF.cert_chain_pems[0].bytes())


@pytest.fixture
def client(redis_server: EmbeddedServer) -> Any:
    """The database, as it is."""
    with redis.Redis.from_url(redis_server.url) as found:
        yield found


@pytest.mark.parametrize("vendor", BODIES)
def test_what_is_shown(console: Console, vendors: Vendors, client: redis.Redis, vendor: str) -> None:
    """Settings and a fingerprint; the same from every route; no secret in any answer, nor anywhere in Redis."""
    notifier, body = fresh("shown"), BODIES[vendor](vendors)
    (made,) = console.channels("POST", body=body | {"notifier": notifier, "rate_per_s": 50})
    assert (made["notifier"], made["provider"], made["enabled"], made["source"]) == (notifier, vendor, True, "http")
    assert made["settings"]["rate_per_s"] == 50
    assert len(made["credential"]["fingerprint"]) == 64
    assert console.channels("GET", f"channels/{notifier}") == [made]
    assert made in console.channels("GET")
    assert not any(text in json.dumps(made) for text in secret_texts(body))
    stored: Any = client.hgetall(KEYS.app(APPKEY))
    assert not any(text.encode() in value for text in secret_texts(body) for value in stored.values())


def secret_texts(body: dict[str, Any]) -> list[str]:
    """Return what must be seen nowhere: a piece of each secret."""
    key = body.get("key") or body.get("service_account", {}).get("private_key") or body.get("secret")
    return [line for line in str(key).splitlines() if line and "PRIVATE KEY" not in line]


@pytest.mark.parametrize("form", ["pem", "p12", "p12 in lines"])
def test_a_certificate(console: Console, form: str) -> None:
    """PEM or p12: its fingerprint and its end are shown, as a browser would."""
    password = b"pass word"
    key: Any = load_pem_private_key(LEAF.private_key_pem.bytes(), None)
    bundle = serialize_key_and_certificates(b"push", key, CERTIFICATE, None, BestAvailableEncryption(password))
    forms = {
        "pem": {"cert": LEAF.private_key_and_cert_chain_pem.bytes().decode()},
        "p12": {"cert": base64.b64encode(bundle).decode(), "cert_password": password.decode()},
        "p12 in lines": {"cert": base64.encodebytes(bundle).decode(), "cert_password": password.decode()},
    }
    body = {"provider": "apns", "notifier": fresh("cert"), "topic": "t", **forms[form]}
    (made,) = console.channels("POST", body=body)
    assert made["credential"]["kind"] == "certificate"
    assert made["credential"]["fingerprint"] == CERTIFICATE.fingerprint(SHA256()).hex()
    assert made["credential"]["expires_at"] == int(CERTIFICATE.not_valid_after_utc.timestamp() * 1000)


def test_an_expired_certificate_is_refused(console: Console) -> None:
    """Apple would refuse it; so it is said now."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    leaf = trustme.CA().issue_cert("push.example", not_after=past)
    body = {"provider": "apns", "notifier": fresh("cert"), "topic": "t"}
    pem = leaf.private_key_and_cert_chain_pem.bytes().decode()
    assert "expired" in console.refused(400, "POST", "channels", body | {"cert": pem})


#: What is wrong with a channel -> the words that say so.
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no provider": ({"provider": None}, "provider"),
    "unknown provider": ({"provider": "xiaomi"}, "provider"),
    "no notifier": ({"notifier": None}, "notifier"),
    "empty notifier": ({"notifier": ""}, "notifier"),
    "unprintable notifier": ({"notifier": "a\nb"}, "printable"),
    "long notifier": ({"notifier": "n" * 257}, "notifier"),
    "no topic": ({"topic": None}, "topic"),
    "an endpoint": ({"endpoint": "https://evil.example"}, "endpoint"),
    "a proxy": ({"proxy": "http://evil.example"}, "proxy"),
    "a file": ({"key_file": "/etc/passwd"}, "key_file"),
    "no key": ({"key": None}, "key"),
    "a key without its team": ({"team_id": None}, "team_id"),
    "what is no key": ({"key": "hunter2"}, "P-256|private key"),
    "two credentials": ({"cert": "-----BEGIN CERTIFICATE-----"}, "exactly one"),
    "no rate": ({"rate_per_s": 0}, "rate_per_s"),
    "enabled in words": ({"enabled": "yes"}, "enabled"),
}


@pytest.mark.parametrize(("changes", "word"), FAULTS.values(), ids=list(FAULTS))
def test_what_is_refused(console: Console, vendors: Vendors, changes: dict[str, Any], word: str) -> None:
    """400 with what is wrong, without the value; and no channel."""
    notifier = fresh("refused")
    whole = apns_body(vendors, notifier) | changes
    text = console.refused(400, "POST", "channels", {name: value for name, value in whole.items() if value is not None})
    assert any(each in text for each in word.split("|")), text
    assert "hunter2" not in text
    assert "evil" not in text
    assert notifier not in [channel["notifier"] for channel in console.channels("GET")]


@pytest.mark.parametrize("member", ["private_key", "client_email", "project_id"])
def test_half_a_service_account_is_refused(console: Console, vendors: Vendors, member: str) -> None:
    """Nothing is stored that a worker could not use."""
    half = {name: value for name, value in account(vendors).items() if name != member}
    text = console.refused(400, "POST", "channels", fcm_body(vendors, fresh("half"), service_account=half))
    assert "service account" in text


def test_a_notifier_may_be_called_anything(console: Console, vendors: Vendors) -> None:
    """Slash, hash, blank, percent and Chinese: URL-encoded in a path, as in all others."""
    for name, encoded in {"a/b#c": "a%2Fb%23c", "x y%z?": "x%20y%25z%3F", "证书": "%E8%AF%81%E4%B9%A6"}.items():
        console.channels("POST", body=apns_body(vendors, name))
        assert console.channels("GET", f"channels/{encoded}")[0]["notifier"] == name
        assert not console.channels("PUT", f"channels/{encoded}/enabled", {"enabled": False})[0]["enabled"]
        console.channels("DELETE", f"channels/{encoded}")
        assert "is not exist" in console.refused(400, "GET", f"channels/{encoded}")


def test_the_files_channels_are_the_files(console: Console, vendors: Vendors) -> None:
    """They are listed, with their fingerprint and without the way to the vendor, and changed only in the file."""
    (shown,) = console.channels("GET", f"channels/{FILE_NOTIFIER}")
    assert (shown["source"], shown["credential"]["kind"]) == ("file", "secret")
    assert vendors.ready["endpoints"]["huawei"] not in json.dumps(shown)
    body, one = huawei_body(vendors), f"channels/{FILE_NOTIFIER}"
    for method, path, sent in (
        ("POST", "channels", body | {"notifier": FILE_NOTIFIER}),
        ("PUT", one, body),
        ("PUT", f"{one}/enabled", {"enabled": False}),
        ("DELETE", one, None),
    ):
        assert "configuration file" in console.refused(409, method, path, sent)


def test_replacing(console: Console, vendors: Vendors) -> None:
    """Settings as a whole; the credential only if one is given; the vendor never; nothing that is not there."""
    notifier = fresh("replaced")
    (made,) = console.channels("POST", body=apns_body(vendors, notifier, sound="ring.caf"))
    path, own = f"channels/{notifier}", {"key_id": made["settings"]["key_id"], "team_id": made["settings"]["team_id"]}
    assert "there is a channel" in console.refused(409, "POST", "channels", apns_body(vendors, notifier))
    (kept,) = console.channels("PUT", path, {"provider": "apns", "topic": "other", **own})
    assert (kept["settings"]["topic"], "sound" in kept["settings"]) == ("other", False)
    assert (kept["credential"], kept["created"]) == (made["credential"], made["created"])
    cert = LEAF.private_key_and_cert_chain_pem.bytes().decode()
    (other,) = console.channels("PUT", path, {"provider": "apns", "topic": "t", "cert": cert})
    assert other["credential"]["kind"] == "certificate"
    assert "one of apns" in console.refused(409, "PUT", path, fcm_body(vendors))
    assert "notifier" in console.refused(400, "PUT", path, apns_body(vendors, "another"))
    for method, where, body in (
        ("PUT", "channels/none", apns_body(vendors)),
        ("PUT", "channels/none/enabled", {"enabled": True}),
        ("DELETE", "channels/none", None),
        ("POST", "channels/none/test", {"device_token": "t"}),
    ):
        assert "none channel is not exist" in console.refused(400, method, where, body)


def test_a_channel_of_another_app_is_not_there(console: Console, vendors: Vendors, api: Api) -> None:
    """Each app has its own."""
    notifier = fresh("own")
    console.channels("POST", body=apns_body(vendors, notifier))
    headers = bearer(token(appkey="org#other", secret="YXA6-the-secret-of-another-app"))
    assert api.client.get("/org/other/console/channels", headers=headers).json()["entities"] == []
    assert api.client.get(f"/org/other/console/channels/{notifier}", headers=headers).status_code == 400


#: A token's fate by vendor, and what is answered about it.
FATES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "apns takes it": ("apns", "valid", {"outcome": "accepted"}),
    "fcm takes it": ("fcm", "valid", {"outcome": "accepted"}),
    "huawei takes it": ("huawei", "valid", {"outcome": "accepted"}),
    "apns knows no such token": ("apns", "bad", {"outcome": "rejected", "reason": "BadDeviceToken", "about": "token"}),
    "fcm knows it no more": (
        "fcm",
        "unregistered",
        {"outcome": "rejected", "reason": "UNREGISTERED"},
    ),
    "huawei knows no such token": (
        "huawei",
        "invalid",
        {"outcome": "rejected", "reason": "80300007"},
    ),
}


@pytest.mark.parametrize(("vendor", "state", "expected"), FATES.values(), ids=list(FATES))
def test_a_trial(console: Console, simulator: Vendors, vendor: str, state: str, expected: dict[str, Any]) -> None:
    """One real send through the vendor, and its own word."""
    notifier, device = fresh("tried"), fresh_token()
    console.channels("POST", body=BODIES[vendor](simulator, notifier))
    simulator.set_token(vendor, device, state)
    data = console.data("POST", f"channels/{notifier}/test", {"device_token": device, "title": "Hi", "body": "there"})
    assert {name: data[name] for name in expected} == expected
    assert data["took_ms"] >= 0
    (push,) = simulator.pushes_to(device)
    assert "there" in json.dumps(push["payload"])


def test_a_trial_of_what_does_not_work(console: Console, simulator: Vendors) -> None:
    """A credential that is refused is told, and a vendor that is down; a channel that is off can be tried."""
    notifier = fresh("tried")
    wrong = LEAF.private_key_and_cert_chain_pem.bytes().decode()
    body = {"provider": "apns", "topic": "com.example.app", "notifier": notifier, "cert": wrong, "enabled": False}
    console.channels("POST", body=body)
    path, trial = f"channels/{notifier}/test", {"device_token": fresh_token()}
    assert console.data("POST", path, trial)["outcome"] != "accepted"
    console.channels("PUT", f"channels/{notifier}", apns_body(simulator, enabled=False))
    assert console.data("POST", path, trial)["outcome"] == "accepted"
    simulator.rules("apns", {"do": {"action": "reply", "status": 503}})
    try:
        failed = console.data("POST", path, trial)
    finally:
        simulator.rules("apns")
    assert failed["outcome"] == "failed"
    assert console.data("POST", f"channels/{FILE_NOTIFIER}/test", trial)["outcome"] == "accepted"
    for nothing in ({}, {"device_token": ""}, {"device_token": "a\nb"}, {"device_token": 5}):
        assert "device_token" in console.refused(400, "POST", path, nothing)


def test_a_service_account_says_nothing_of_addresses(console: Console, simulator: Vendors) -> None:
    """Whoever may make channels decides about no address: the one that the account names is never asked."""
    evil = account(simulator) | {"token_uri": "https://127.0.0.1:9/evil", "universe_domain": "evil.example"}
    notifier = fresh("evil")
    console.channels("POST", body=fcm_body(simulator, notifier, service_account=evil))
    data = console.data("POST", f"channels/{notifier}/test", {"device_token": fresh_token()})
    assert data["outcome"] == "accepted"


def test_receipts_of_a_channel_that_was_made(console: Console, vendors: Vendors, api: Api) -> None:
    """Huawei may post receipts for it as for one of the file, with its own user and key."""
    notifier, secret = fresh("receipts"), base64.b64encode(b"a key of its own").decode()
    console.channels("POST", body=huawei_body(vendors, notifier, receipt_user="u", receipt_secret=secret))
    path = f"/huawei/receipts/org/app/{notifier}"
    for signature, status in ((callback_id(secret, user="u"), 200), (callback_id(), 401)):
        answer = api.client.post(path, json={"statuses": []}, headers={"X-HUAWEI-CALLBACK-ID": signature})
        assert answer.status_code == status
    text = console.refused(400, "POST", "channels", huawei_body(vendors, fresh("half"), receipt_user="u"))
    assert "go together" in text


def test_a_user_reaches_nothing_of_it(api: Api, vendors: Vendors) -> None:
    """The console is an app token's."""
    headers = bearer(token("bob"))
    for method, path in (("GET", "channels"), ("POST", "channels"), ("GET", "policy"), ("PUT", "advanced")):
        body = apns_body(vendors, "n") if method == "POST" else {"enabled": True} if method == "PUT" else None
        answer = api.client.request(method, f"/org/app/console/{path}", json=body, headers=headers)
        assert answer.status_code == 403


def test_the_log_holds_no_secret(console: Console, vendors: Vendors, api: Api) -> None:
    """After all of the above, and a body that is wrong in every way."""
    key = Path(vendors.ready["credentials"]["apns"]["key_file"]).read_text()
    console.refused(400, "POST", "channels", {"provider": "apns", "notifier": "n", "key": key, "topic": [key]})
    console.refused(400, "POST", "channels", [key])
    log = api.log.read_text()
    assert log
    assert not any(line in log for body in BODIES.values() for line in secret_texts(body(vendors)))
