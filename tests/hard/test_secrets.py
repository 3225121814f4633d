"""Tokens, keys, access tokens and message texts stay out of logs, results, errors, metrics and records."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import uvloop

from providers.apns_token import ProviderToken
from providers.base import Provider
from providers.credentials import CredentialError, identity_of
from providers.fcm_codec import FcmCodec
from providers.huawei_token import load_service_account
from providers.notification import Notification
from providers.result import Accepted, Result
from tests.figures import Figure
from tests.hard.fake_vendors import VENDORS, FakeVendors, adapter
from tests.hard.test_hard_profile import FATES
from tests.integration.configuration import APPKEY, channels_of, write_configuration
from tests.integration.deployment import Deployment, fresh, now_ms
from tests.integration.eventually import eventually
from tests.integration.vendors import ROOT
from tests.integration.worker_process import WorkerProcess
from tests.loopback import ask
from tests.ports import own_port
from worker.embedded import EmbeddedServer, embedded_server
from worker.processes import Children
from worker.supervisor import celery_command

TEXT, TITLE = "c0nfidential-text-7c1f", "c0nfidential-title-7c1f"
#: Every token begins so; hexadecimal, for APNs.
MARK = "5ec7e7"
#: JWTs and Google's access tokens, whatever they are this time.
LOOKS = re.compile(r"eyJ[A-Za-z0-9_-]{8,}|ya29\.[A-Za-z0-9_-]+|-----BEGIN")

#: What else goes wrong while secrets are on their way; the vendor's own words quote them.
TROUBLE: tuple[dict[str, Any], ...] = (
    {
        "action": "reply",
        "status": 400,
        "body": {"reason": f"{MARK} {TEXT}", "error": {"status": MARK, "message": TEXT}},
    },
    {"action": "reply", "status": 502, "body": f"<html>{MARK} {TEXT}</html>"},
    {"action": "reply", "status": 200, "body": f"{MARK} {TEXT}"},
    {"action": "reply", "status": 200, "body": {"code": f"{MARK}", "msg": TEXT}},
    {"action": "black_hole"},
    {"action": "reset_stream", "code": "INTERNAL_ERROR"},
    {"action": "refuse_stream"},
    {
        "action": "goaway",
        "code": "ENHANCE_YOUR_CALM",
        "debug": f"{MARK} {TEXT}",
        "end": "fin",
        "after_processing": False,
    },
    {"action": "reset_connection", "by": "rst"},
    {"action": "reset_connection", "by": "fin"},
)
TOKEN_ENDPOINTS = {"fcm": "/token", "huawei": "/oauth2/*"}
#: Refusals of a token endpoint, in either vendor's words.
OAUTH: tuple[dict[str, Any], ...] = (
    {"action": "reply", "status": 400, "body": {"error": "invalid_grant", "error_description": f"{MARK} {TEXT}"}},
    {"action": "reply", "status": 403, "body": {"error": 1101, "sub_error": 20171, "error_description": TEXT}},
    {"action": "reply", "status": 503, "body": f"{MARK} {TEXT}"},
    {"action": "reply", "status": 200, "body": {"access_token": [MARK, TEXT]}},
)


def note(number: int) -> Notification:
    """Return a notification that is confidential throughout."""
    return Notification(
        token=f"{MARK}{number:058x}", id=f"00000000-0000-4000-8000-{number:012}", title=TITLE, body=TEXT, badge=1
    )


def key_material(vendors: FakeVendors) -> list[str]:
    """Return the lines of every key and secret that the adapters were given."""
    files = [
        Path(value)
        for given in vendors.ready["credentials"].values()
        for name, value in given.items()
        if name.endswith("_file")
    ]
    texts = [file.read_text() for file in files]
    accounts = [json.loads(text)["private_key"] for text in texts if text.startswith("{")]
    lines = [line for text in (*texts, *accounts) if not text.startswith("{") for line in text.split()]
    return [line for line in lines if len(line) > 16]


def leaks(text: str, secrets: list[str]) -> list[str]:
    """Return what should not be in a text."""
    return [secret for secret in (TEXT, TITLE, MARK, *secrets) if secret in text] + LOOKS.findall(text)


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every library's log at its most talkative, before any redaction."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.mark.parametrize("vendor", VENDORS)
def test_an_adapter_gives_nothing_away(
    plain: FakeVendors, vendor: str, everything_logged: pytest.LogCaptureFixture, figure: Figure
) -> None:
    """Whatever becomes of a push, neither results nor the libraries' own debug logs hold a secret."""
    results, granted = uvloop.run(varied(plain, vendor))
    secrets = [*key_material(plain), *granted]
    said = "\n".join([*map(repr, results), everything_logged.text])
    figure(
        f"secrets, {vendor}: {len(results)} results of {len({type(result) for result in results})} kinds,"
        f" {len(everything_logged.records)} log records, {len(secrets)} keys and tokens sought:"
        f" {len(leaks(said, secrets))} found"
    )
    assert len({type(result) for result in results}) == 3
    assert leaks(said, secrets) == []


async def varied(vendors: FakeVendors, vendor: str) -> tuple[list[Result], list[str]]:
    """Meet every fate and every trouble; return the results and the access tokens that were in use."""
    states = dict(zip([note(number).token for number in range(10)], FATES[vendor], strict=False))
    vendors.set_tokens(vendor, states)
    async with adapter(vendors, vendor) as provider:
        results = [await provider.send(note(number), 20.0) for number in range(12)]
        assert isinstance(results[-1], Accepted)
        granted = access_tokens(provider)
        for trouble in TROUBLE:
            vendors.rules(vendor, {"do": trouble})
            results += await asyncio.gather(*(provider.send(note(number), 0.5) for number in range(20, 23)))
    if vendor in TOKEN_ENDPOINTS:
        results += await refused_access(vendors, vendor)
    return results, granted


async def refused_access(vendors: FakeVendors, vendor: str) -> list[Result]:
    """Ask for an access token in vain, in every way."""
    results = []
    for refusal in OAUTH:
        vendors.rules(vendor, {"when": {"path": TOKEN_ENDPOINTS[vendor]}, "do": refusal})
        async with adapter(vendors, vendor) as provider:
            results.append(await provider.send(note(30), 5.0))
    return results


def access_tokens(provider: Provider) -> list[str]:
    """Return the access token that an adapter holds; it has to be known to be sought."""
    held = getattr(getattr(getattr(provider, "_wire", None), "_tokens", None), "_held", None)
    return [held.token] if held else []


@pytest.mark.parametrize("line", [f"-----BEGIN PRIVATE KEY-----\n{MARK}\n-----END PRIVATE KEY-----\n", MARK])
def test_unusable_credentials_are_not_quoted(tmp_path: Path, line: str) -> None:
    """An error about a key names its file or its setting and quotes nothing, its causes included."""
    path = tmp_path / "credential"
    path.write_text(line)
    members = {"key_id": "k", "sub_account": "s", "project_id": "p", "private_key": line, "client_email": "e"}
    google = {**members, "type": "service_account", "token_uri": "https://localhost/token"}
    attempts = (
        lambda: ProviderToken(line.encode(), "K", "T"),
        lambda: identity_of(path.read_bytes(), str(path), TEXT),
        lambda: FcmCodec(google),
        lambda: FcmCodec(str(path)),
        lambda: load_service_account(members),
        lambda: load_service_account(str(path)),
    )
    for attempt in attempts:
        with pytest.raises(CredentialError) as caught:
            attempt()
        assert leaks("\n".join(map(repr, causes(caught.value))), []) == []


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that a traceback would show with it."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


class TalkativeWorker(WorkerProcess):
    """A worker that logs all it can."""

    def start(self) -> None:
        """Start it; returns at once."""
        env = {"PATH": "/usr/bin:/bin", "OFFLINE_PUSH_CONFIG": str(self.configuration)}
        with self.log_path.open("ab") as log:
            command = celery_command("debug", 1)
            self._lives.append(self.children.start(command, env=env, stdout=log, stderr=log, cwd=ROOT))


@pytest.fixture(scope="module")
def valkey(session_children: Children) -> Iterator[EmbeddedServer]:
    """A server of this module's own."""
    with embedded_server(session_children) as server:
        yield server


def test_a_worker_gives_nothing_away(
    plain: FakeVendors, valkey: EmbeddedServer, session_children: Children, tmp_path: Path, figure: Figure
) -> None:
    """A worker at DEBUG leaves no token, key or text in logs, metrics, statistics, ledgers or reasons.

    A dead letter's ``value`` and a decision's title and body are data by design, and left out.
    """
    port, path = own_port(), tmp_path / "config.toml"
    limits: dict[str, Any] = {"retry_attempts": 2, "send_deadline_s": 1.0, "metrics_port": port}
    write_configuration(path, valkey.url, channels_of(plain), **limits)
    with redis.Redis.from_url(valkey.url) as client:
        deployment = Deployment(client, plain, TalkativeWorker(session_children, path).started())
        burdened(deployment, plain)
        metrics = ask("GET", f"http://127.0.0.1:{port}/metrics", timeout=30).text
        assert deployment.worker.stop() == 0
        kept = records(deployment)
    secrets = key_material(plain)
    found = {name: leaks(text, secrets) for name, text in {**kept, "metrics": metrics}.items()}
    log = deployment.worker.log()
    figure(
        f"secrets, worker at DEBUG: {len(log.splitlines())} log lines, {len(metrics.splitlines())} metric lines,"
        f" {len(deployment.dead())} dead letters: {sum(map(len, found.values())) + len(leaks(log, secrets))} found"
    )
    assert [name for name, leaked in found.items() if leaked] == []
    assert leaks(log, secrets) == []


def burdened(deployment: Deployment, vendors: FakeVendors) -> None:
    """Let the worker push to good tokens and bad ones, into trouble, and read what cannot be read."""
    told: list[tuple[str, str]] = []
    for number, vendor in enumerate(VENDORS):
        for state in ("valid", *FATES[vendor]):
            token = f"{MARK}{len(told):050x}{number:08x}"
            vendors.set_tokens(vendor, {token: state})
            told.append(said(deployment, vendor, token))
        # Then the access token is there. Trouble that meets its endpoint pauses the channel, longer each time.
        deployment.settled(*told[-1 - len(FATES[vendor])])
        vendors.rules(vendor, *({"do": trouble, "times": 1} for trouble in TROUBLE))
        told += [said(deployment, vendor, f"{MARK}{number:050x}{index:08x}") for index in range(100, 112)]
    deployment.client.xadd(deployment.keys.events, {"message": f'{{"appkey": "{TEXT}", "to": {MARK}'})
    deployment.add("message", {"appkey": APPKEY, "msg_id": 1, "payload": {"bodies": [{"type": "txt", "msg": TEXT}]}})
    for msg_id, user in told:
        deployment.settled(msg_id, user, 100)  # retries and pauses of the channels, which are not what is tested
    eventually(lambda: len(deployment.dead()), lambda letters: letters >= 2)


def said(deployment: Deployment, vendor: str, token: str) -> tuple[str, str]:
    """Tell the owner of a token something; return the message and the user."""
    user = fresh("bob")
    deployment.bind(user, vendor, token, bound_at=now_ms() - 1000)
    return deployment.say(user, TEXT, payload={"ext": {"em_apns_ext": {"em_push_title": TITLE}}}), user


def records(deployment: Deployment) -> dict[str, str]:
    """Return what a run leaves for people: all of it as text, without what is data."""
    client = deployment.client
    letters = [{name: value for name, value in letter.items() if name != b"value"} for letter in deployment.dead()]
    decisions = [
        {name: value for name, value in record.items() if name not in {"title", "body"}}
        for record in deployment.journal()
    ]
    hashes = {
        name: [client.hgetall(key) for key in client.scan_iter(f"push:{{p0}}:{name}:*")] for name in ("m", "stat")
    }
    assert all([letters, decisions, *hashes.values()])
    return {
        "dead letters": str(letters),
        "journal": json.dumps(decisions, ensure_ascii=False),
        **{name: str(found) for name, found in hashes.items()},
    }
