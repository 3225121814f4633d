"""Sends with @parse/node-apn and reads its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crosscheck import npm
from tests.crosscheck.place import TOPIC, Place

Fields = Mapping[str, Any]
Identity = Mapping[str, Any]
ALERT: Fields = {"topic": TOPIC, "pushType": "alert", "alert": "hello"}


@dataclass(frozen=True, slots=True)
class Report:
    """What one send resolved with, by device token."""

    #: Token -> apns-id.
    sent: Mapping[str, str]
    #: Token -> what the library says of the failure.
    failed: Mapping[str, Mapping[str, Any]]


def by_key(place: Place, **changes: str) -> Identity:
    """Return the options of token authentication; ``changes`` replace ``key``, ``keyId`` or ``teamId``."""
    known = place.credentials["apns"]
    token = {"key": known["key_file"], "keyId": known["key_id"], "teamId": known["team_id"]}
    return {"token": {**token, **changes}}


def by_certificate(path: Path) -> Identity:
    """Return the options of certificate authentication; the file holds certificate and key."""
    return {"cert": str(path), "key": str(path)}


def send(
    place: Place, identity: Identity, *sends: tuple[Fields, Sequence[str]], clock_behind_s: float = 0
) -> list[Report]:
    """Send notifications one after the other, each to its tokens together, from one process on one connection."""
    provider = {"address": "localhost", "port": place.port("apns"), "ca": str(place.ca_file), **identity}
    job = {
        "provider": provider,
        "clock_behind_ms": clock_behind_s * 1000,
        "sends": [{"fields": fields, "tokens": list(tokens)} for fields, tokens in sends],
    }
    return [_report(one) for one in npm.drive("node_apn.cjs", job, place.ca_file)]


def _report(resolved: Mapping[str, Any]) -> Report:
    sent = {one["device"]: one["apns-id"] for one in resolved["sent"]}
    return Report(sent, {one["device"]: one for one in resolved["failed"]})
