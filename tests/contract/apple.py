"""A running fake APNs, for tests that talk to it with clients that are not this project's."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from providers.simulator.apns import KEY_ID, TEAM_ID, Apns
from providers.simulator.apns_options import Options
from providers.simulator.apns_registry import Registry, TeamKey
from providers.simulator.simulator import Simulator
from providers.simulator.vendors import Kind
from tests.contract.loop_thread import loop_thread
from tests.contract.raw_h2 import Answer, RawH2, client_context

TOPIC = "com.example.app"
TOKEN = "ab" * 32
BODY = b'{"aps":{"alert":"hello"}}'
Headers = dict[str, str]


class Apple:
    """A running fake APNs, and what a client needs to talk to it."""

    def __init__(self, simulator: Simulator, registry: Registry) -> None:
        self.simulator, self.registry = simulator, registry
        self.origin = simulator.endpoints["apns"]
        self.key = Path(simulator.credentials["apns"]["key_file"]).read_text()
        #: Tokens are as old as the test says from here on, in whichever second they are made.
        self.now = int(time.time())

    def connect(self, certificate: Path | None = None) -> RawH2:
        """Open a connection."""
        return RawH2(self.origin, client_context(self.simulator.ca_file, certificate=certificate))

    def bearer(self, age: float = 0, *, kid: str = KEY_ID, iss: str = TEAM_ID, key: Any = None) -> Headers:
        """Return an authorization header with a fresh signature."""
        claims = {"iss": iss, "iat": int(self.now - age)}
        return {"authorization": f"bearer {jwt.encode(claims, key or self.key, 'ES256', {'kid': kid})}"}

    def new_key(self, kid: str, **limits: Any) -> ec.EllipticCurvePrivateKey:
        """Return another key of the team, known to APNs."""
        key = ec.generate_private_key(ec.SECP256R1())
        self.registry.add_key(TeamKey(kid, TEAM_ID, key.public_key(), **limits))
        return key

    def push(self, client: RawH2, headers: Headers, token: str = TOKEN, body: bytes = BODY) -> Answer:
        """Send one push to the usual topic, unless the headers name another."""
        return client.ask(f"/3/device/{token}", list(({"apns-topic": TOPIC} | headers).items()), body)


@contextmanager
def running(options: Options | None = None, registry: Registry | None = None) -> Iterator[Apple]:
    """Run a simulator with only APNs."""
    devices = registry or Registry()
    apns = Kind(lambda ledger: Apns(ledger, options, devices), protocols=("h2",), client_certificates=True)
    simulator = Simulator(kinds={"apns": apns})
    with loop_thread() as thread:
        thread.run(simulator.start())
        try:
            yield Apple(simulator, devices)
        finally:
            thread.run(simulator.stop())


def reason(answer: Answer) -> tuple[int, str]:
    """Return the status and Apple's reason."""
    return answer.status, json.loads(answer.body)["reason"]
