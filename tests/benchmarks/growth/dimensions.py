"""What may grow: for each dimension its sizes, what may be asked of it, and how its points are made."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

from tests.benchmarks.growth import mails
from tests.benchmarks.growth.mail import Mail
from tests.benchmarks.growth.point import Point
from tests.benchmarks.growth.population import Kind, populate
from tests.benchmarks.rig import Configure, Rig, configure, measured_channels
from tests.benchmarks.sinks.nginx import Sinks
from tests.integration.configuration import APNS, write_configuration

#: Makes a rig of a configuration.
MakeRig = Callable[[Configure], AbstractContextManager[Rig]]
Points = AbstractContextManager[Sequence[Point]]
#: Receivers of a point that is not about their number.
_USERS = 500
#: From 5,000 waiting events on, several apps' are put aside and sorted first: a cost of floods, not of apps.
_NO_FLOOD = 4_000


@dataclass(frozen=True, slots=True)
class Dimension:
    """``most`` is what the largest may cost of the smallest; None: it may grow, and is shown."""

    name: str
    what: str
    sizes: tuple[int, ...]
    most: float | None
    points: Callable[[MakeRig, Sequence[int]], Points]
    #: Bytes of memory that one more takes, Redis's log on a disk in memory included.
    bytes_each: int = 0


@contextmanager
def _users(make_rig: MakeRig, sizes: Sequence[int]) -> Iterator[Sequence[Point]]:
    """A rig for each size: the others' users are not in its Redis."""
    with ExitStack() as stack:
        rigs = [stack.enter_context(make_rig(configure)) for _ in sizes]
        for rig, size in zip(rigs, sizes, strict=True):
            _bind(rig, range(size))
        yield [Point(size, rig, partial(mails.anywhere, size)) for rig, size in zip(rigs, sizes, strict=True)]


@contextmanager
def _apps(make_rig: MakeRig, sizes: Sequence[int]) -> Iterator[Sequence[Point]]:
    """A rig for each size: a worker has the apps of its configuration."""
    with ExitStack() as stack:
        points = []
        for size in sizes:
            appkeys = tuple(f"org#app{number}" for number in range(size))
            rig = stack.enter_context(make_rig(partial(_configure_apps, appkeys)))
            rig.appkeys = appkeys
            populate(rig.client, rig.server.url, range(_USERS), Kind(), appkeys)
            points.append(Point(size, rig, partial(mails.to_apps, appkeys, _USERS), most=_NO_FLOOD))
        yield points


@contextmanager
def _backlog(make_rig: MakeRig, sizes: Sequence[int]) -> Iterator[Sequence[Point]]:
    with make_rig(configure) as rig:
        users = _bind(rig, range(_USERS))
        yield [Point(size, rig, partial(mails.singly, users), backlog=size) for size in sizes]


@contextmanager
def _group(make_rig: MakeRig, sizes: Sequence[int]) -> Iterator[Sequence[Point]]:
    with make_rig(configure) as rig:
        users = _bind(rig, range(max(sizes)))
        yield [Point(size, rig, partial(mails.to_groups, users, size)) for size in sizes]


def _kinds(
    kind_of: Callable[[int], Kind], mail_of: Callable[[int, range], Callable[[int, int], Mail]]
) -> Callable[[MakeRig, Sequence[int]], Points]:
    """Return what makes points of one rig, each with users of another kind."""

    @contextmanager
    def points(make_rig: MakeRig, sizes: Sequence[int]) -> Iterator[Sequence[Point]]:
        with make_rig(configure) as rig:
            ranges = [range(end - _USERS, end) for end in accumulate(_USERS for _ in sizes)]
            for size, users in zip(sizes, ranges, strict=True):
                _bind(rig, users, kind_of(size))
            yield [Point(size, rig, mail_of(size, users)) for size, users in zip(sizes, ranges, strict=True)]

    return points


def _bind(rig: Rig, users: range, kind: Kind | None = None) -> range:
    populate(rig.client, rig.server.url, users, kind or Kind())
    return users


def _configure_apps(appkeys: Sequence[str], path: Path, redis_url: str, sinks: Sinks) -> None:
    channel = {APNS: measured_channels(sinks)[APNS]}
    write_configuration(path, redis_url, channel, appkeys=appkeys)


_OVERRIDES = _kinds(lambda size: Kind(overrides=size), lambda _, users: partial(mails.singly, users))
_DEVICES = _kinds(lambda size: Kind(devices=size), lambda size, users: partial(mails.to_devices, users, size))
_TRANSLATIONS = _kinds(
    lambda _: Kind(settings={"style": 1, "language": mails.LANGUAGES[-1]}),
    lambda size, users: partial(mails.translated, users, size),
)
_DIMENSIONS = (
    Dimension(
        "users", "users in Redis, any of whom is written to", (1_000, 10_000, 100_000, 1_000_000), 1.2, _users, 1000
    ),
    Dimension("overrides", "conversation overrides of a receiver", (0, 10, 100, 1_000), 1.2, _OVERRIDES),
    Dimension("group", "receivers of a group message", (1, 10, 100, 1_000, 5_000), None, _group),
    Dimension("devices", "devices of a receiver", (1, 2, 5, 10), None, _DEVICES),
    Dimension("apps", "apps with a channel each", (1, 10, 50, 200), 1.2, _apps),
    Dimension("backlog", "events that wait behind", (0, 10_000, 100_000, 1_000_000), 1.2, _backlog, 500),
    Dimension("translations", "translations of a message", (0, 10, 30), None, _TRANSLATIONS),
)
#: By name.
DIMENSIONS: Mapping[str, Dimension] = {dimension.name: dimension for dimension in _DIMENSIONS}
