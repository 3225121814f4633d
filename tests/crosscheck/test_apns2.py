"""apns2, on undici's HTTP/2 client, against the fake APNs: what it reports is what the ledger holds."""

from pathlib import Path
from typing import Any

import pytest

from tests.crosscheck import npm
from tests.crosscheck.apple_fates import FATES, doomed, foreign_key
from tests.crosscheck.place import TOPIC, Place

pytestmark = pytest.mark.usefixtures("strangers")

HELLO = {"alert": "hello"}


def send(place: Place, pushes: list[tuple[str, dict[str, Any]]], key: str | None = None) -> list[dict[str, Any]]:
    """Send the first push, then the others together; return what the library says of each."""
    known = place.credentials["apns"]
    client = {
        "host": "localhost",
        "team": known["team_id"],
        "keyId": known["key_id"],
        "signingKey": key or Path(known["key_file"]).read_text(),
        "defaultTopic": TOPIC,
    }
    sends = [{"token": token, "options": options} for token, options in pushes]
    # The library knows no port but 443.
    job = {"ports": {"localhost": place.port("apns")}, "client": client, "sends": sends}
    answers: list[dict[str, Any]] = npm.drive("apns2.cjs", job, place.ca_file)
    return answers


def told(answer: dict[str, Any]) -> tuple[int, str, int | None]:
    """Return status, reason and timestamp of a refusal."""
    return answer["status"], answer["reason"], answer.get("timestamp")


def test_every_fate_is_told_in_apple_s_words(place: Place) -> None:
    """A push is accepted, and each refusal arrives as documented; the ledger has each request once."""
    tokens = doomed(place, "a2")
    accepted, *refused = send(place, [("ab21", HELLO), *((token, HELLO) for token in tokens)])
    assert accepted == {"sent": "ab21"}
    assert dict(zip(FATES, map(told, refused), strict=True)) == FATES
    reasons = {token: FATES[fate][1] for token, fate in tokens.items()}
    assert place.outcomes("apns") == {"ab21": "accepted", **reasons}


def test_a_payload_that_is_too_large_is_refused(place: Place) -> None:
    """4096 bytes pass and one more does not."""
    frame = len('{"aps":{"alert":""}}')
    fits, large = send(place, [("ab22", {"alert": "x" * (4096 - frame)}), ("ab23", {"alert": "x" * (4097 - frame)})])
    assert fits == {"sent": "ab22"}
    assert told(large) == (413, "PayloadTooLarge", None)


def test_a_wrong_key_is_refused(place: Place) -> None:
    """A key that is not the named one is InvalidProviderToken."""
    (answer,) = send(place, [("ab24", HELLO)], foreign_key())
    assert told(answer) == (403, "InvalidProviderToken", None)
    assert place.outcomes("apns") == {"ab24": "InvalidProviderToken"}


def test_a_thousand_are_accepted_once_each(place: Place) -> None:
    """Whatever the library opens and queues for a thousand pushes, each reaches the ledger once."""
    tokens = [f"{number:064x}" for number in range(1000)]
    assert send(place, [(token, HELLO) for token in tokens]) == [{"sent": token} for token in tokens]
    assert place.outcomes("apns") == dict.fromkeys(tokens, "accepted")
