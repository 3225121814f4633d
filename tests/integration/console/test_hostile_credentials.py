"""Credentials that are none, and those that are made to do harm."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_pem_x509_certificate

from tests.integration.api.callers import bearer, token
from tests.integration.console.console import Console, account, apns_body, fcm_body, huawei_body
from tests.integration.console.made_to_last import diffie_hellman_key, hashed_without_end, rsa_key
from tests.integration.deployment import fresh, fresh_token
from tests.integration.vendors import Vendors

LEAF = trustme.CA().issue_cert("push.example")
CHAIN = b"".join(blob.bytes() for blob in LEAF.cert_chain_pems).decode()
LEAF_KEY = LEAF.private_key_pem.bytes().decode()
P256 = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any, lock: Any = NoEncryption()) -> str:  # noqa: B008 - it has no state
    """Return a private key as a .p8 file has it."""
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode())


@cache
def rsa_pem(bits: int, lock: Any = NoEncryption()) -> str:  # noqa: B008 - it has no state
    """Return a new RSA key, which takes a while to find: no other test process, which only reads this file, waits."""
    return pem(rsa.generate_private_key(65_537, bits), lock)


def public(key: Any) -> str:
    """Return its public half."""
    return str(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def p12(*, key: bool = True, cert: bool = True) -> str:
    """Return a bundle that may lack something."""
    private: Any = load_pem_private_key(LEAF_KEY.encode(), None) if key else None
    certificate = load_pem_x509_certificate(CHAIN.encode()) if cert else None
    lock = BestAvailableEncryption(b"pw")
    return base64.b64encode(serialize_key_and_certificates(b"n", private, certificate, None, lock)).decode()


#: What is sent as an APNs signing key, or how it is made -> a word of the refusal.
KEYS: dict[str, tuple[str | Callable[[], str], str]] = {
    "a public key": (public(P256), "private key"),
    "a certificate": (CHAIN, "private key"),
    "an encrypted key": (pem(P256, BestAvailableEncryption(b"pw")), "unencrypted"),
    "of another curve": (pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
    "of another kind": (pem(ed25519.Ed25519PrivateKey.generate()), "P-256"),
    "RSA": (lambda: rsa_pem(2_048), "P-256"),
    "half of it": (pem(P256)[:120], "private key"),
    "its body alone": ("".join(pem(P256).splitlines()[1:-1]), "private key"),
    "a path": ("/etc/passwd", "private key"),
    "zeros": ("\0" * 100, "private key"),
    "64 kB": ("x" * 65_536, "private key"),
    "more": ("x" * 65_537, "at most 65536"),
}


@pytest.mark.parametrize(("key", "word"), KEYS.values(), ids=list(KEYS))
def test_what_is_no_apns_key(console: Console, vendors: Vendors, key: str | Callable[[], str], word: str) -> None:
    """400 with what is wrong, and not a piece of what was sent."""
    key = key() if callable(key) else key
    text = console.refused(400, "POST", "channels", apns_body(vendors, fresh("wrong"), key=key))
    assert word in text
    assert len(text) < 200
    assert not any(line in text for line in key.splitlines() if len(line) > 20)


def test_a_key_that_an_editor_has_saved(console: Console, vendors: Vendors) -> None:
    """Windows line ends, none at all, blank lines and remarks around it are no fault."""
    key = apns_body(vendors)["key"]
    for form in (key.replace("\n", "\r\n"), key.replace("\n", ""), f"\n\n# our key\n{key}\n\n", key.strip()):
        notifier = fresh("saved")
        console.channels("POST", body=apns_body(vendors, notifier, key=form))
        trial = {"device_token": fresh_token()}
        assert console.data("POST", f"channels/{notifier}/test", trial)["outcome"] == "accepted"


#: What is sent as a certificate -> a word of the refusal.
CERTIFICATES: dict[str, tuple[dict[str, str], str]] = {
    "no key": ({"cert": CHAIN}, "private key"),
    "no certificate": ({"cert": LEAF_KEY}, "certificate"),
    "another's key": ({"cert": CHAIN + pem(P256)}, "belongs to none"),
    "no PEM": ({"cert": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "certificate"),
    "no base64": ({"cert": "%%%"}, "p12 in base64"),
    "no p12": ({"cert": base64.b64encode(b"x" * 400).decode()}, "PKCS#12"),
    "p12 without its password": ({"cert": p12()}, "password"),
    "p12 with another password": ({"cert": p12(), "cert_password": "wrong"}, "password"),
    "p12 of a key alone": ({"cert": p12(cert=False), "cert_password": "pw"}, "certificate"),
    "p12 of a certificate alone": ({"cert": p12(key=False), "cert_password": "pw"}, "private key"),
    "a password alone": ({"cert_password": "pw"}, "exactly one"),
}


@pytest.mark.parametrize(("members", "word"), CERTIFICATES.values(), ids=list(CERTIFICATES))
def test_what_is_no_certificate(console: Console, members: dict[str, str], word: str) -> None:
    """400 with what is wrong."""
    body = {"provider": "apns", "notifier": fresh("wrong"), "topic": "t", **members}
    assert word in console.refused(400, "POST", "channels", body)


#: What is sent as a service account's private key, or how it is made -> a word of the refusal.
ACCOUNT_KEYS: dict[str, tuple[str | Callable[[], str], str]] = {
    "an EC key": (pem(P256), "RSA"),
    "no key": ("hunter2", "private key"),
    "an encrypted one": (lambda: rsa_pem(2_048, BestAvailableEncryption(b"p")), "private key"),
    "more than a vendor's": (lambda: rsa_pem(4_104), "4096 bits"),
}


@pytest.mark.parametrize("body_of", [fcm_body, huawei_body], ids=["fcm", "huawei"])
@pytest.mark.parametrize(("key", "word"), ACCOUNT_KEYS.values(), ids=list(ACCOUNT_KEYS))
def test_what_is_no_key_of_an_account(
    console: Console, vendors: Vendors, body_of: Callable[..., dict[str, Any]], key: str | Callable[[], str], word: str
) -> None:
    """400 with what is wrong, for Google's account and Huawei's."""
    ids = {"key_id": "k", "sub_account": "s"}
    wrong = account(vendors) | ids | {"private_key": key() if callable(key) else key}
    body = body_of(vendors, fresh("wrong"), service_account=wrong)
    body.pop("secret", None)
    text = console.refused(400, "POST", "channels", body)
    assert word in text
    assert "hunter2" not in text


@pytest.mark.parametrize("members", [{}, {"private_key": None}, {"private_key": 5}, {"private_key": ""}, [], "x", None])
def test_an_account_without_its_members(console: Console, vendors: Vendors, members: Any) -> None:
    """400 that names the member."""
    text = console.refused(400, "POST", "channels", fcm_body(vendors, fresh("wrong"), service_account=members))
    assert "service_account" in text


#: Between others' requests meanwhile: enough of them, and a core is left for what they wait for.
_PAUSE_S = 0.01
#: What takes minutes to years to open.
MADE_TO_LAST: dict[str, Callable[[], dict[str, str]]] = {
    "a prime": lambda: {"key": rsa_key(), "key_id": "k", "team_id": "t"},
    "another kind of key": lambda: {"key": diffie_hellman_key(), "key_id": "k", "team_id": "t"},
    "a prime beside a certificate": lambda: {"cert": CHAIN + rsa_key()},
    "a password": hashed_without_end,
}


@pytest.mark.parametrize("members", MADE_TO_LAST.values(), ids=list(MADE_TO_LAST))
def test_what_would_take_for_ever(console: Console, members: Callable[[], dict[str, str]]) -> None:
    """It is refused after seconds, and meanwhile everybody else is served, channels of other apps included."""
    body = {"provider": "apns", "notifier": fresh("slow"), "topic": "t", **members()}
    other = bearer(token(appkey="org#other", secret="YXA6-the-secret-of-another-app"))
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(console.ask, "POST", "channels", body, timeout=60)
        served = 0
        while not wait([slow], _PAUSE_S).done:
            assert console.client.get("/org/other/console/channels", headers=other).status_code == 200
            served += 1
        assert served
        answer = slow.result()
    assert answer.status_code == 400, answer.text
    assert "takes too long to open" in answer.text


def test_a_key_of_the_longest_that_vendors_give(console: Console, vendors: Vendors) -> None:
    """4096 bits are what Huawei's accounts have: taken, and shown by its fingerprint."""
    key = rsa_pem(4_096)
    members = {"project_id": "p", "key_id": "k", "sub_account": "s", "private_key": key}
    body = {"provider": "huawei", "notifier": fresh("long"), "api": "v3", "project_id": "p", "service_account": members}
    (made,) = console.channels("POST", body=body)
    assert len(made["credential"]["fingerprint"]) == 64
    assert vendors.ready
