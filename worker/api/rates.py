"""How many requests an app may make: each kind of route has a share of ``api.rate_per_s``, with Easemob's proportions.

https://doc.easemob.com/product/limitationapi.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.store.tokens import Bucket


@dataclass(frozen=True, slots=True)
class Share:
    """Part of the rate, and how many seconds' worth of it may come at once."""

    of_rate: float
    burst_s: int = 1


_USUAL = "push"
#: What is counted together -> its share. At 100 a second: what Easemob allows.
SHARES: Mapping[str, Share] = {
    _USUAL: Share(1),
    "presence": Share(1),
    "token": Share(1),
    "status": Share(0.5),
    "template": Share(0.1),
    "console": Share(0.1),
    # A credential is opened, which takes a core up to a second.
    "channel": Share(0.02, burst_s=10),
    "statistics": Share(0.01, burst_s=10),
}
#: Beginning of the path behind ``/{org}/{app}/`` -> what it counts as. All others are usual.
_KINDS: Mapping[str, str] = {
    "users/batch/status": "status",
    "notification/template": "template",
    "push/data/": "statistics",
    "presence": "presence",
    "console/channels": "channel",
    "console/": "console",
    "token": "token",
}


def buckets(rate_per_s: int) -> dict[str, Bucket]:
    """Return the bucket of each kind of route."""
    return {name: _bucket(name, share, rate_per_s) for name, share in SHARES.items()}


def kind_of(path: str) -> str:
    """Return what a request counts as."""
    rest = "".join(path.split("/", 3)[3:])
    return next((kind for beginning, kind in _KINDS.items() if rest.startswith(beginning)), _USUAL)


def _bucket(name: str, share: Share, rate_per_s: int) -> Bucket:
    per_s = share.of_rate * rate_per_s
    return Bucket(name, per_s, max(1, round(per_s * share.burst_s)))
