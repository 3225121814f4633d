"""The fake APNs on connections: provider tokens, certificates, stream limits, and foreign clients."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from providers.simulator.apns import KEY_ID, TEAM_ID
from tests.contract.apple import BODY, TOKEN, TOPIC, Apple, reason, running
from tests.contract.raw_h2 import RawH2

REFUSED_STREAM = 7


@pytest.fixture(scope="module")
def apple() -> Iterator[Apple]:
    """Run one fake APNs for the module."""
    with running() as found:
        yield found


@pytest.fixture
def client(apple: Apple) -> Iterator[RawH2]:
    """Open a connection."""
    with apple.connect() as found:
        yield found


class TestProviderTokens:
    """Apple's rules for JWTs."""

    @pytest.mark.parametrize("authorization", ["", "bearer", "bearer ", "basic YTpi"])
    def test_missing(self, apple: Apple, client: RawH2, authorization: str) -> None:
        """Without a bearer token the push is MissingProviderToken."""
        assert reason(apple.push(client, {"authorization": authorization})) == (403, "MissingProviderToken")

    def test_foreign(self, apple: Apple, client: RawH2) -> None:
        """Unknown keys, other teams, other signatures and other algorithms are InvalidProviderToken."""
        stranger, now = ec.generate_private_key(ec.SECP256R1()), int(time.time())
        foreign = [
            apple.bearer(kid="NOSUCHKEY0"),
            apple.bearer(iss="OTHERTEAM0"),
            apple.bearer(key=stranger),
            *({"authorization": f"bearer {encoded}"} for encoded in self._misshapen(apple, now)),
        ]
        for headers in foreign:
            assert reason(apple.push(client, headers)) == (403, "InvalidProviderToken")

    def _misshapen(self, apple: Apple, now: int) -> list[str]:
        claims, header = {"iss": TEAM_ID, "iat": now}, {"kid": KEY_ID}
        return [
            "a.b.c",
            "é",
            jwt.encode(claims, "x" * 32, "HS256", header),
            jwt.encode(claims, "", "none", header),
            jwt.encode(claims, apple.key, "ES256"),
            jwt.encode({"iss": TEAM_ID}, apple.key, "ES256", header),
            jwt.encode({"iat": now}, apple.key, "ES256", header),
            jwt.encode({"iss": TEAM_ID, "iat": now}, apple.key, "ES256", header)[:-2],
        ]

    @pytest.mark.parametrize(("age", "status"), [(3590, 200), (3610, 403), (-590, 200), (-620, 403)])
    def test_age(self, apple: Apple, client: RawH2, age: int, status: int) -> None:
        """A token is good for an hour from its iat, and not from the far future."""
        answer = apple.push(client, apple.bearer(age + int(apple.now - time.time())))
        assert answer.status == status
        assert status == 200 or reason(answer) == (403, "ExpiredProviderToken")

    def test_iat_may_be_a_string(self, apple: Apple, client: RawH2) -> None:
        """Apple's own sample writes iat as a string, and it passes."""
        claims = {"iss": TEAM_ID, "iat": str(int(time.time()))}
        encoded = jwt.encode(claims, apple.key, "ES256", {"kid": KEY_ID})
        assert apple.push(client, {"authorization": f"Bearer {encoded}"}).status == 200

    def test_one_key_per_connection(self, apple: Apple, client: RawH2) -> None:
        """A second good key on a connection is UnrelatedKeyIdInToken; on a connection of its own it passes."""
        second = apple.bearer(kid="SECONDKEY0", key=apple.new_key("SECONDKEY0"))
        assert apple.push(client, apple.bearer()).status == 200
        assert reason(apple.push(client, second)) == (403, "UnrelatedKeyIdInToken")
        assert apple.push(client, apple.bearer()).status == 200
        with apple.connect() as other:
            assert apple.push(other, second).status == 200

    def test_keys_of_the_other_environment(self, apple: Apple, client: RawH2) -> None:
        """A sandbox key on production is BadEnvironmentKeyIdInToken."""
        key = apple.new_key("SANDBOXKEY", environment="sandbox")
        answer = apple.push(client, apple.bearer(kid="SANDBOXKEY", key=key))
        assert reason(answer) == (403, "BadEnvironmentKeyIdInToken")

    def test_churn(self, apple: Apple, client: RawH2) -> None:
        """A second iat minted within 20 minutes is 429, on that connection only; the first token stays good."""
        first, second = apple.bearer(60), apple.bearer(30)
        assert apple.push(client, first).status == 200
        assert reason(apple.push(client, second)) == (429, "TooManyProviderTokenUpdates")
        assert apple.push(client, first).status == 200
        with apple.connect() as other:
            assert apple.push(other, second).status == 200

    def test_signing_anew_is_no_churn(self, apple: Apple, client: RawH2) -> None:
        """Any number of signatures over one iat is one token, as for workers with a common boundary."""
        claims, header = {"iss": TEAM_ID, "iat": int(time.time())}, {"kid": KEY_ID}
        tokens = {jwt.encode(claims, apple.key, "ES256", header) for _ in range(100)}
        assert len(tokens) == 100
        assert {apple.push(client, {"authorization": f"bearer {token}"}).status for token in tokens} == {200}

    def test_one_renewal_is_no_churn(self, apple: Apple, client: RawH2) -> None:
        """One renewal is followed, and late users of the old token pass; a third iat is churn."""
        old, renewed = apple.bearer(3000), apple.bearer(600)
        assert [apple.push(client, token).status for token in (old, renewed, old)] == [200, 200, 200]
        assert reason(apple.push(client, apple.bearer(-600))) == (429, "TooManyProviderTokenUpdates")


class TestStreams:
    """How many streams a connection may open."""

    def test_one_until_a_valid_token(self, apple: Apple, client: RawH2) -> None:
        """The limit is 1 at first, stays 1 after a bad token, and is 1000 before the first good answer ends."""
        apple.push(client, {"authorization": "bearer bad"})
        apple.push(client, apple.bearer())
        apple.push(client, apple.bearer())
        assert client.log == [("limit", 1), ("answer", 1), ("limit", 1000), ("answer", 3), ("answer", 5)]

    def test_a_cold_burst_is_refused(self, apple: Apple, client: RawH2) -> None:
        """Streams beyond the first are REFUSED_STREAM and leave no trace; sent again after SETTINGS they pass."""
        before = len(apple.simulator.ledger.entries())
        headers = [("apns-topic", TOPIC), *apple.bearer().items()]
        burst = [client.send(f"/3/device/{TOKEN}", headers, BODY) for _ in range(20)]
        client.wait(lambda: all(client.answers[stream].is_over for stream in burst))
        assert client.answers[burst[0]].status == 200
        assert {client.answers[stream].reset for stream in burst[1:]} == {REFUSED_STREAM}
        assert len(apple.simulator.ledger.entries()) == before + 1
        again = [client.send(f"/3/device/{TOKEN}", headers, BODY) for _ in range(1000)]
        client.wait(lambda: all(client.answers[stream].is_over for stream in again))
        assert {client.answers[stream].status for stream in again} == {200}


class TestCertificates:
    """Certificate authentication."""

    @pytest.fixture
    def certified(self, apple: Apple, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[RawH2]:
        """Open a connection with a certificate for the given topics."""
        path = tmp_path / "apns.pem"
        path.write_bytes(apple.simulator.authority.issue_apns_certificate(*request.param))
        with apple.connect(path) as client:
            yield client

    @pytest.mark.parametrize("certified", [(TOPIC,)], indirect=True)
    def test_one_topic_is_implied(self, certified: RawH2) -> None:
        """A certificate with one topic needs neither a token nor a topic, and opens with all streams."""
        assert certified.ask(f"/3/device/{TOKEN}", [], BODY).status == 200
        assert certified.log[0] == ("limit", 1000)

    @pytest.mark.parametrize("certified", [(TOPIC, f"{TOPIC}.voip", "x" * 200)], indirect=True)
    def test_several_topics(self, apple: Apple, certified: RawH2) -> None:
        """With several topics one must be named, and it must be one of them; a token does not matter."""
        assert reason(certified.ask(f"/3/device/{TOKEN}", [], BODY)) == (400, "MissingTopic")
        assert reason(apple.push(certified, {"apns-topic": "com.other"})) == (400, "TopicDisallowed")
        for topic in (TOPIC, f"{TOPIC}.voip", "x" * 200):
            assert apple.push(certified, {"apns-topic": topic, "authorization": "bearer bad"}).status == 200


NODE = """
const http2 = require('http2'), fs = require('fs');
const [origin, ca, authorization] = process.argv.slice(1);
const session = http2.connect(origin, { ca: fs.readFileSync(ca) });
const push = () => new Promise((resolve, reject) => {
  const headers = { ':method': 'POST', ':path': '/3/device/abcd', 'apns-topic': 'com.example.app', authorization };
  const stream = session.request(headers);
  let status, body = '';
  stream.on('response', (headers) => { status = headers[':status']; });
  stream.on('data', (chunk) => { body += chunk; });
  stream.on('end', () => resolve([status, body]));
  stream.on('error', reject);
  stream.end('{"aps":{}}');
});
(async () => {
  const first = await push();
  const rest = await Promise.all(Array.from({ length: 200 }, push));
  console.log(JSON.stringify({ first, rest, limit: session.remoteSettings.maxConcurrentStreams }));
  session.close();
})();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_nodes_http2_client_is_served(apple: Apple) -> None:
    """Node's nghttp2, an implementation of its own, sees the raised limit and gets 201 empty answers."""
    command = ["node", "-e", NODE, apple.origin, str(apple.simulator.ca_file), apple.bearer()["authorization"]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    said = json.loads(done.stdout)
    assert said == {"first": [200, ""], "rest": [[200, ""]] * 200, "limit": 1000}


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_is_served(apple: Apple) -> None:
    """Apple's documented curl command works."""
    headers = [f"apns-topic: {TOPIC}", "apns-push-type: alert", f"authorization: {apple.bearer()['authorization']}"]
    arguments = [argument for header in headers for argument in ("--header", header)]
    command = ["curl", "--silent", "--http2", "--cacert", str(apple.simulator.ca_file), *arguments]
    tail = ["--data", BODY.decode(), "--write-out", "%{http_version} %{http_code}", f"{apple.origin}/3/device/{TOKEN}"]
    done = subprocess.run([*command, *tail], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "2 200"
