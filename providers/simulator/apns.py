"""The fake APNs: Apple's rules in Apple's order.

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from providers.simulator import apns_certificate, apns_request
from providers.simulator.apns_options import Options
from providers.simulator.apns_registry import Registry, TeamKey, Verdict
from providers.simulator.apns_request import Push
from providers.simulator.apns_token import TokenHistory
from providers.simulator.exchange import Reply, Request
from providers.simulator.ledger import Entry, Ledger
from providers.simulator.service import Peer

KEY_ID = "SIMKEY0001"
TEAM_ID = "SIMTEAM001"
#: With token authentication a connection starts with one stream.
_FIRST_STREAMS = 1

_STATUS = {
    "BadPath": 404,
    "MethodNotAllowed": 405,
    "MissingProviderToken": 403,
    "InvalidProviderToken": 403,
    "ExpiredProviderToken": 403,
    "UnrelatedKeyIdInToken": 403,
    "BadEnvironmentKeyIdInToken": 403,
    "BadEnvironmentKeyInToken": 403,
    "Unregistered": 410,
    "ExpiredToken": 410,
    "PayloadTooLarge": 413,
    "TooManyRequests": 429,
    "TooManyProviderTokenUpdates": 429,
}
_STATUS_OF_THE_REST = 400


@dataclass(slots=True)
class _Sender:
    """Who is at the other end of a connection."""

    tokens: TokenHistory
    #: Topics of the client certificate; empty without one.
    certified: frozenset[str] = frozenset()
    peer: Peer | None = None


@dataclass(frozen=True, slots=True)
class _Attempt:
    push: Push
    sender: _Sender
    registry: Registry

    @property
    def topic(self) -> str | None:
        """The topic asked for; a certificate with a single topic implies it."""
        implied = next(iter(self.sender.certified)) if len(self.sender.certified) == 1 else None
        return self.push.headers.get("apns-topic", implied)


_Rule = Callable[[_Attempt], str | Verdict | None]


class Apns:
    """A fake APNs for both kinds of authentication: implements Vendor, and follows its connections."""

    def __init__(self, ledger: Ledger, options: Options | None = None, registry: Registry | None = None) -> None:
        self.registry = registry or Registry()
        self._ledger = ledger
        self._options = options or Options()
        self._senders: dict[int, _Sender] = {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.registry.add_key(TeamKey(KEY_ID, TEAM_ID, self._key.public_key()))

    def connected(self, peer: Peer) -> int:
        """Greet a connection; return how many streams it may open at first."""
        certified = apns_certificate.topics(peer.certificate) if peer.certificate else frozenset[str]()
        self._senders[peer.connection_id] = _Sender(self._history(), certified, peer)
        return self._options.streams if certified else _FIRST_STREAMS

    def disconnected(self, connection_id: int) -> None:
        """Forget a connection."""
        self._senders.pop(connection_id, None)

    def __call__(self, request: Request) -> Reply:
        """Judge one push, write it into the ledger, and answer."""
        push = Push(request, self._options)
        verdict = self._judge(_Attempt(push, self._sender(request.connection_id), self.registry))
        apns_id = push.headers.get("apns-id") if push.has_good_id else None
        apns_id = apns_id or str(uuid4())
        self._record(push, verdict, apns_id)
        return self._reply(verdict, apns_id)

    def set_token(self, token: str, state: str, timestamp_ms: int | None) -> None:
        """Decide a device token's fate; states are in ``apns_registry.STATES``.

        Raises:
            ValueError: the state is unknown.
        """
        self.registry.set_token(token, state, timestamp_ms)

    def write_credentials(self, directory: Path, origin: str) -> dict[str, str]:
        """Write a signing key that is valid for every topic; return what a client's configuration needs."""
        path = directory / "apns_key.p8"
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, so that the key is never world-readable
            file.write(pem)
        return {"endpoint": origin, "key_file": str(path), "key_id": KEY_ID, "team_id": TEAM_ID}

    def _history(self) -> TokenHistory:
        return TokenHistory(self.registry, self._options)

    def _sender(self, connection_id: int) -> _Sender:
        return self._senders.setdefault(connection_id, _Sender(self._history()))

    def _judge(self, attempt: _Attempt) -> Verdict:
        for rule in RULES:
            match rule(attempt):
                case str(reason):
                    return Verdict(reason)
                case Verdict() as verdict:
                    return verdict
        return Verdict(None)

    def _record(self, push: Push, verdict: Verdict, apns_id: str) -> None:
        if not push.is_addressed:
            return
        self._ledger.add(
            Entry(
                vendor="apns",
                token=push.token or "",
                outcome=verdict.reason or "accepted",
                vendor_id=apns_id,
                collapse_id=push.headers.get("apns-collapse-id"),
                payload=push.payload,
                connection_id=push.request.connection_id,
                at=push.request.at,
            )
        )

    def _reply(self, verdict: Verdict, apns_id: str) -> Reply:
        if verdict.reason is None:
            sandbox = self._options.environment == "sandbox"
            unique = (("apns-unique-id", str(uuid4())),) if sandbox else ()
            return Reply(200, headers=(("apns-id", apns_id), *unique))
        body: dict[str, str | int] = {"reason": verdict.reason}
        if verdict.timestamp_ms is not None:
            body["timestamp"] = verdict.timestamp_ms
        headers = (("apns-id", apns_id), ("content-type", "application/json"))
        return Reply(_STATUS.get(verdict.reason, _STATUS_OF_THE_REST), json.dumps(body).encode(), headers)


def _missing_topic(attempt: _Attempt) -> str | None:
    return None if attempt.topic else "MissingTopic"


def _authorization(attempt: _Attempt) -> str | None:
    if attempt.sender.certified:
        return _allowed(attempt, attempt.sender.certified)
    scheme, _, encoded = attempt.push.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not encoded:
        return "MissingProviderToken"
    return _signed(attempt, encoded)


def _signed(attempt: _Attempt, encoded: str) -> str | None:
    sender, was_trusted = attempt.sender, attempt.sender.tokens.is_trusted
    key = sender.tokens.check(encoded, attempt.push.request.at)
    if isinstance(key, str):
        return key
    if not was_trusted and sender.peer is not None:
        sender.peer.allow_streams(attempt.push.options.streams)
    return _allowed(attempt, key.topics)


def _allowed(attempt: _Attempt, topics: frozenset[str] | None) -> str | None:
    return None if topics is None or attempt.topic in topics else "TopicDisallowed"


def _device(attempt: _Attempt) -> Verdict:
    environment = attempt.push.options.environment
    return attempt.registry.verdict(attempt.push.token or "", attempt.topic or "", environment)


def _on_push(rule: Callable[[Push], str | None]) -> _Rule:
    return lambda attempt: rule(attempt.push)


#: The first rule that objects decides. A team's topics are known only from its token, so TopicDisallowed comes with it.
RULES: tuple[_Rule, ...] = (
    _on_push(apns_request.method),
    _on_push(apns_request.path),
    _on_push(apns_request.device_token),
    _on_push(apns_request.duplicate_headers),
    _on_push(apns_request.message_id),
    _on_push(apns_request.expiration),
    _on_push(apns_request.priority),
    _on_push(apns_request.collapse_id),
    _on_push(apns_request.push_type),
    _missing_topic,
    _on_push(apns_request.topic_suffix),
    _authorization,
    _on_push(apns_request.payload),
    _device,
)
