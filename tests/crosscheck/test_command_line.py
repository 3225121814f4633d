"""curl, nghttp and h2load, three programs on the nghttp2 library, against the fake vendors."""

import json
import re
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import jwt
import pytest

from tests.crosscheck.place import TOPIC, Place

BODY = '{"aps":{"alert":"hello"}}'


def run(program: str, *arguments: str, succeeds: bool = True) -> str:
    """Run a program to its end, good or bad; return what it prints. Skip when it is not installed."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    # An empty environment names no proxy.
    done = subprocess.run([path, *arguments], env={}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode == 0) is succeeds, done.stderr
    return done.stdout


def url(place: Place, token: str) -> str:
    """Return a device's address."""
    return f"{place.credentials['apns']['endpoint']}/3/device/{token}"


def headers(place: Place) -> list[str]:
    """Return the options for APNs' headers, as all three programs spell them."""
    known = place.credentials["apns"]
    claims = {"iss": known["team_id"], "iat": int(time.time())}
    token = jwt.encode(claims, Path(known["key_file"]).read_text(), "ES256", {"kid": known["key_id"]})
    named = {"authorization": f"bearer {token}", "apns-topic": TOPIC, "apns-push-type": "alert"}
    return [part for name, value in named.items() for part in ("-H", f"{name}: {value}")]


def curl(place: Place, *arguments: str, succeeds: bool = True) -> str:
    """Run curl with the simulator's authority."""
    return run("curl", "--silent", "--show-error", "--cacert", str(place.ca_file), *arguments, succeeds=succeeds)


def test_curl_as_apple_shows_it(place: Place) -> None:
    """Apple's own test command works: HTTP/2, a 200 with the ledger's apns-id and no body.

    https://developer.apple.com/documentation/usernotifications/sending-push-notifications-using-command-line-tools
    """
    answer = curl(place, "--include", "--http2", *headers(place), "--data", BODY, url(place, "ab51"))
    head, _, body = answer.partition("\r\n\r\n")
    (entry,) = place.entries("apns")
    assert head.splitlines()[0].split()[:2] == ["HTTP/2", "200"]
    assert f"apns-id: {entry.vendor_id}" in head.splitlines()
    assert (body, entry.outcome, entry.payload) == ("", "accepted", json.loads(BODY))


def test_curl_reads_a_refusal(place: Place) -> None:
    """A refusal carries Apple's JSON under its own status."""
    dead = place.set_token("apns", "ab52", "unregistered", 1_790_000_000_000)
    answer = curl(place, "--http2", *headers(place), "--data", BODY, "--write-out", "\n%{http_code}", url(place, dead))
    body, _, status = answer.rpartition("\n")
    assert (status, json.loads(body)) == ("410", {"reason": "Unregistered", "timestamp": 1_790_000_000_000})


def test_apns_speaks_no_http_1(place: Place) -> None:
    """A client without HTTP/2 gets no answer from APNs, as from Apple."""
    answer = curl(place, "--http1.1", *headers(place), "--data", BODY, url(place, "ab53"), succeeds=False)
    assert answer == ""
    assert place.entries("apns") == []


@pytest.mark.parametrize(("option", "version"), [("--http2", "2"), ("--http1.1", "1.1")])
def test_google_and_huawei_speak_both(place: Place, option: str, version: str) -> None:
    """The token endpoints of FCM and Huawei answer on HTTP/2 and on HTTP/1.1."""
    for vendor, path in (("fcm", "/token"), ("huawei", "/oauth2/v3/token")):
        address = place.simulator.endpoints[vendor] + path
        answer = curl(place, option, "--data", "grant_type=nonsense", "--write-out", "\n%{http_version}", address)
        body, _, spoken = answer.rpartition("\n")
        assert spoken == version
        assert "error" in json.loads(body)


def test_nghttp(place: Place, tmp_path: Path) -> None:
    """A push from the reference client is accepted; its frames are HEADERS with END_STREAM and no DATA."""
    (tmp_path / "body").write_text(BODY)
    told = run("nghttp", "-v", *headers(place), "-d", str(tmp_path / "body"), url(place, "ab54"))
    assert place.outcomes("apns") == {"ab54": "accepted"}
    received = re.findall(r"recv (HEADERS|DATA) frame <[^>]*>\n\s*; (\S+)", told)
    assert received == [("HEADERS", "END_STREAM")]


def test_h2load(place: Place, tmp_path: Path) -> None:
    """Every status that the load generator counts is in the ledger: 2,000 pushes over four connections."""
    (tmp_path / "body").write_text(BODY)
    command = ["-n2000", "-c4", "-m1", *headers(place), "-d", str(tmp_path / "body"), url(place, "ab55")]
    told = run("h2load", *command)
    assert "status codes: 2000 2xx, 0 3xx, 0 4xx, 0 5xx" in told
    entries = place.entries("apns")
    assert Counter(entry.outcome for entry in entries) == {"accepted": 2000}
    assert len({entry.connection_id for entry in entries}) == 4


def test_h2load_with_a_wrong_token(place: Place, tmp_path: Path) -> None:
    """A load of refusals ends too: each is answered, with its body, on the connection it came on."""
    dead = place.set_token("apns", "ab56", "unregistered")
    (tmp_path / "body").write_text(BODY)
    command = ["-n2000", "-c2", "-m1", *headers(place), "-d", str(tmp_path / "body"), url(place, dead)]
    assert "status codes: 0 2xx, 0 3xx, 2000 4xx, 0 5xx" in run("h2load", *command)
    assert Counter(entry.outcome for entry in place.entries("apns")) == {"Unregistered": 2000}
