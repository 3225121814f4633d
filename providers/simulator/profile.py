"""How the vendors behave: ``plain`` keeps to their documentation, ``hard`` adds its bad days, thrown from a seed.

The rates of ``hard`` let a run of 10,000 pushes meet every fault ten times and more, those that break a connection, and
with it everything in flight, about six times, and let a client finish that retries. Limits are scaled down from the
documented ones (FCM 600,000 a minute, Huawei 6,000 devices a second), which no run on one machine would meet.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from providers.simulator import weather
from providers.simulator.addresses import READERS, nobody
from providers.simulator.faults import (
    Answer,
    BlackHole,
    Delay,
    Fault,
    GoAway,
    LateSettings,
    NoPingAck,
    RefuseConnection,
    RefuseStream,
    ResetConnection,
    ResetStream,
    StallHandshake,
    Trickle,
)
from providers.simulator.fcm import Fcm
from providers.simulator.huawei import Huawei
from providers.simulator.injector import Injector, Weather
from providers.simulator.ledger import Ledger
from providers.simulator.rules import Rule, Script, When
from providers.simulator.vendors import KINDS, Kind

_HTML = Answer(
    status=502,
    body="<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>",
    headers={"content-type": "text/html"},
)
_EMPTY_503 = Answer(status=503)
_FCM = "type.googleapis.com/google.firebase.fcm.v1.FcmError"

#: (share of new connections, fault)
AT_THE_DOOR: tuple[tuple[float, Fault], ...] = (
    (0.03, RefuseConnection()),
    (0.02, StallHandshake(seconds=3)),
)

#: (share of sends, fault): what may happen on any vendor's wire. The first decisive one ends the throw.
ON_THE_WIRE: tuple[tuple[float, Fault], ...] = (
    (1.0, Delay(p50_s=0.005, p99_s=0.25)),
    (0.003, Trickle()),
    (0.001, NoPingAck()),
    (0.002, _HTML),
    (0.004, _EMPTY_503),
    (0.004, RefuseStream()),
    (0.002, ResetStream(code="INTERNAL_ERROR")),
    (0.002, ResetStream(code="INTERNAL_ERROR", after_processing=True)),
    (0.0006, ResetConnection(by="rst")),
    (0.0006, ResetConnection(by="rst", after_processing=True)),
    (0.0006, ResetConnection(by="fin")),
    (0.0006, ResetConnection(by="fin", after_processing=True)),
    (0.001, GoAway(end="drain")),
    (0.0006, GoAway(end="fin", after_processing=False)),
    (0.0006, GoAway(end="rst", code="ENHANCE_YOUR_CALM")),
    (0.001, BlackHole()),
    (0.001, BlackHole(after_processing=True)),
)


def _apple(status: int, reason: str, *, echo: bool = True, data_frames: int = 1) -> Answer:
    return Answer(status=status, body={"reason": reason}, echo=["apns-id"] if echo else [], data_frames=data_frames)


def _google(status: int, name: str, code: str, *, retry_after_s: int | None = None, as_date: bool = False) -> Answer:
    detail = {"@type": _FCM, "errorCode": code}
    error = {"code": status, "message": name.capitalize(), "status": name, "details": [detail]}
    return Answer(status=status, body={"error": error}, retry_after_s=retry_after_s, as_date=as_date)


def _google_trio(status: int, name: str, code: str) -> tuple[Answer, ...]:
    """Return one answer in three forms: Retry-After in seconds, as a date, and left out."""
    return (
        _google(status, name, code, retry_after_s=1),
        _google(status, name, code, retry_after_s=1, as_date=True),
        _google(status, name, code),
    )


_QUOTA = _google_trio(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED")
_UNAVAILABLE = _google_trio(503, "UNAVAILABLE", "UNAVAILABLE")
_HUAWEI_INTERNAL = Answer(status=500, body={"code": "81000001", "msg": "System inner error", "requestId": ""})

#: Vendor -> ((path, share, fault), …): what only this vendor does.
VENDOR_FAULTS: Mapping[str, tuple[tuple[str, float, Fault], ...]] = {
    "apns": (
        ("/3/device/*", 0.5, LateSettings()),
        ("/3/device/*", 0.004, _apple(429, "TooManyRequests")),
        ("/3/device/*", 0.002, _apple(500, "InternalServerError", echo=False)),
        ("/3/device/*", 0.002, _apple(503, "ServiceUnavailable", data_frames=2)),
        ("/3/device/*", 0.001, GoAway(debug={"reason": "Shutdown"})),
    ),
    "fcm": (
        ("/token", 0.1, _EMPTY_503),
        *(("/v1/projects/*", 0.002, answer) for answer in (*_QUOTA, *_UNAVAILABLE)),
        ("/v1/projects/*", 0.003, _google(500, "INTERNAL", "INTERNAL")),
    ),
    "huawei": (
        ("/oauth2/*", 0.2, _EMPTY_503),
        ("/v*", 0.005, _HUAWEI_INTERNAL),
    ),
}
_SENDS = {"apns": "/3/device/*", "fcm": "/v1/projects/*", "huawei": "/v*"}
#: Vendor -> its habits, made anew for each simulator.
HABITS: Mapping[str, Callable[[], tuple[Weather, ...]]] = {
    "apns": lambda: (
        weather.Quota(60, 10.0, weather.per_device, (_apple(429, "TooManyRequests"),)),
        weather.ShrinkingLimit(errors=10, good=50),
        weather.SentAway(
            10,
            weather.bad_device_token,
            (GoAway(debug={"reason": "BadDeviceToken"}), GoAway(end="fin", debug={"reason": "BadDeviceToken"})),
        ),
    ),
    "fcm": lambda: (
        weather.Quota(240, 60.0, weather.per_device, _QUOTA),
        weather.Quota(1200, 2.0, weather.per_request, _QUOTA),
        weather.SentAway(1000, weather.any_answer, (GoAway(),)),
    ),
    "huawei": lambda: (weather.Quota(2000, 1.0, weather.per_project_device, (_EMPTY_503,)),),
}
#: Lifetime of access tokens, in seconds.
_SHORT_LIVED_S = 20
HARD_KINDS: Mapping[str, Kind] = {
    "apns": KINDS["apns"],
    "fcm": Kind(lambda ledger: Fcm(ledger, expires_in=_SHORT_LIVED_S)),
    "huawei": Kind(lambda ledger: Huawei(ledger, expires_in=_SHORT_LIVED_S, padded_reasons=True)),
}


def hard_rules(vendor: str) -> tuple[Rule, ...]:
    """Return the seeded rules of a vendor's bad days; none for a vendor that this project does not know."""
    if vendor not in _SENDS:
        return ()
    door = (Rule(fault, When(share=share)) for share, fault in AT_THE_DOOR)
    own = (Rule(fault, When(path=path, share=share)) for path, share, fault in VENDOR_FAULTS[vendor])
    wire = (Rule(fault, When(path=_SENDS[vendor], share=share)) for share, fault in ON_THE_WIRE)
    # The vendor's own come second: the delay of the wire is thrown first, and holds for them too.
    return (*door, *wire, *own)


def _hard_habits(vendor: str) -> tuple[Weather, ...]:
    return HABITS[vendor]() if vendor in HABITS else ()


@dataclass(frozen=True, slots=True)
class Profile:
    """How vendors are made, and what befalls them; by vendor's name."""

    kinds: Mapping[str, Kind]
    rules: Callable[[str], tuple[Rule, ...]]
    habits: Callable[[str], tuple[Weather, ...]]
    #: Seconds after which an idle connection is sent away, by vendor.
    idle_s: Mapping[str, float]

    def injector(self, vendor: str, ledger: Ledger, seed: int) -> Injector:
        """Return what befalls one vendor."""
        climate = Script(self.rules(vendor), seed)
        reader = READERS.get(vendor, nobody)
        return Injector(ledger, reader, climate, self.habits(vendor), self.idle_s.get(vendor))


PROFILES: Mapping[str, Profile] = {
    "plain": Profile(KINDS, lambda _: (), lambda _: (), {}),
    "hard": Profile(HARD_KINDS, hard_rules, _hard_habits, {"apns": 10.0}),
}
