"""@parse/node-apn, on Node's HTTP/2 stack, against the fake APNs: what it reports is what the ledger holds."""

from pathlib import Path

import pytest

from tests.crosscheck.apple_fates import FATES, doomed, foreign_key
from tests.crosscheck.node_apn import ALERT, Identity, Report, by_certificate, by_key, send
from tests.crosscheck.place import Place

pytestmark = pytest.mark.usefixtures("strangers")

#: The library sends a 429 three times more, at once: it looks for ``Retry-After`` in capitals and finds none.
REPEATS = {"throttled": 4}
BURST = [f"{number:064x}" for number in range(1000)]


@pytest.fixture(params=["key", "certificate"])
def identity(request: pytest.FixtureRequest, place: Place, tmp_path: Path) -> Identity:
    """Each of the two ways to be trusted."""
    if request.param == "key":
        return by_key(place)
    return by_certificate(place.issue_certificate(tmp_path / "apns.pem"))


def ledger_ids(place: Place) -> dict[str, str]:
    """Return token -> apns-id of everything in the ledger; each token comes once and was accepted."""
    assert set(place.outcomes("apns").values()) == {"accepted"}
    return {entry.token: entry.vendor_id for entry in place.entries("apns")}


def test_an_accepted_push_is_known_by_the_same_id(place: Place, identity: Identity) -> None:
    """The apns-id that the library resolves with is the ledger's, whether the vendor or the sender chose it."""
    chosen = "0a1b2c3d-0000-4000-8000-00000000beef"
    made, given = send(place, identity, (ALERT, ["ab01"]), ({**ALERT, "id": chosen}, ["ab02"]))
    assert {**made.sent, **given.sent} == ledger_ids(place)
    assert given.sent == {"ab02": chosen}


def test_every_fate_is_told_in_apple_s_words(place: Place, identity: Identity) -> None:
    """Status, reason and timestamp of each refusal arrive as documented, and the ledger has every request."""
    tokens = doomed(place, "a1")
    _, report = send(place, identity, (ALERT, ["ab03"]), (ALERT, [*tokens]))
    assert report.sent == {}
    assert {tokens[token]: told(report, token) for token in report.failed} == FATES
    written = [entry.outcome for entry in place.entries("apns") if entry.token in tokens]
    expected = [reason for fate, (_, reason, _) in FATES.items() for _ in range(REPEATS.get(fate, 1))]
    assert sorted(written) == sorted(expected)


def told(report: Report, token: str) -> tuple[int, str, int | None]:
    """Return what the library says of one failure: status, reason, timestamp."""
    failure = report.failed[token]
    return failure["status"], failure["response"]["reason"], failure["response"].get("timestamp")


def test_a_wrong_identity_is_refused(place: Place, tmp_path: Path) -> None:
    """A key that is not the named one, an unknown key id and a foreign team are InvalidProviderToken."""
    other = tmp_path / "other.p8"
    other.write_text(foreign_key())
    for wrong in ({"key": str(other)}, {"keyId": "ANOTHERKEY"}, {"teamId": "ANOTHERTEA"}):
        (report,) = send(place, by_key(place, **wrong), (ALERT, ["ab04"]))
        assert told(report, "ab04") == (403, "InvalidProviderToken", None)
    assert [entry.outcome for entry in place.entries("apns")] == ["InvalidProviderToken"] * 3


def test_a_stale_provider_token_is_refused(place: Place) -> None:
    """On a machine whose clock is two hours behind every token is expired, also the one the library renews."""
    (report,) = send(place, by_key(place), (ALERT, ["ab05"]), clock_behind_s=7200)
    failure = report.failed["ab05"]
    assert (failure["status"], failure["error"]) == (403, "ExpiredProviderToken")
    # The first try and the three that the library allows itself.
    assert [entry.outcome for entry in place.entries("apns")] == ["ExpiredProviderToken"] * 4


def test_a_burst_of_a_thousand(place: Place, identity: Identity) -> None:
    """A thousand pushes at once on a used connection are accepted once each, under the ids that were reported."""
    first, burst = send(place, identity, (ALERT, ["ab06"]), (ALERT, BURST))
    assert burst.failed == {}
    assert {**first.sent, **burst.sent} == ledger_ids(place)
    assert len({entry.connection_id for entry in place.entries("apns")}) == 1


def test_a_cold_burst_is_refused_honestly(place: Place) -> None:
    """What a fresh connection refuses, allowing one stream until a token was valid, never reaches the ledger."""
    (report,) = send(place, by_key(place), (ALERT, BURST))
    assert report.sent == ledger_ids(place)
    assert sorted([*report.sent, *report.failed]) == BURST
    assert report.failed
    assert all("NGHTTP2_REFUSED_STREAM" in failure["error"] for failure in report.failed.values())
