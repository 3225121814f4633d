"""aioapns as its authors shipped it, connections included, against the fake APNs.

Its known hangs are not waited for: they need answers that the plain profile does not give.
"""

import asyncio
import ssl
from pathlib import Path

from aioapns import APNs, NotificationRequest
from aioapns.connection import APNsTLSClientProtocol

from tests.contract.raw_h2 import client_context
from tests.crosscheck.apple_fates import FATES, doomed
from tests.crosscheck.place import TOPIC, Place

Told = tuple[int, str | None, int | None]


def client(place: Place, context: ssl.SSLContext) -> APNs:
    """Return a client whose host and port, class attributes in this library, are the simulator's."""
    known = place.credentials["apns"]
    members = {"APNS_SERVER": "localhost", "APNS_PORT": place.port("apns")}
    key = Path(known["key_file"]).read_text()
    made = APNs(key=key, key_id=known["key_id"], team_id=known["team_id"], topic=TOPIC, ssl_context=context)
    made.pool.protocol_class = type("Protocol", (APNsTLSClientProtocol,), members)
    return made


async def send_all(place: Place, tokens: list[str]) -> dict[str, Told]:
    """Send to each token in turn; return status, reason and timestamp by token."""
    library = client(place, client_context(place.ca_file))
    told: dict[str, Told] = {}
    async with asyncio.timeout(20):
        for token in tokens:
            result = await library.send_notification(NotificationRequest(token, {"aps": {"alert": "hello"}}))
            told[token] = int(result.status), result.description, result.timestamp
        library.pool.close()
        while library.pool.connections:  # noqa: ASYNC110 - the library offers nothing to wait for
            await asyncio.sleep(0)
    return told


def test_it_is_told_what_became_of_each_push(place: Place) -> None:
    """A push is accepted and each refusal arrives with reason and timestamp; the ledger has each request once."""
    tokens = doomed(place, "a4")
    told = asyncio.run(send_all(place, ["ab41", *tokens]))
    assert told.pop("ab41")[0] == 200
    assert {tokens[token]: answer for token, answer in told.items()} == FATES
    assert place.outcomes("apns") == {"ab41": "accepted"} | {t: FATES[fate][1] for t, fate in tokens.items()}
