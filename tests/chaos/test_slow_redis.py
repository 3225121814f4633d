"""A slow or half-open Redis: workers recover by themselves, lose nothing, and say so in one line, once."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import redis

from tests.chaos import bad_days
from tests.chaos import books as vendor_books
from tests.chaos.books import Account
from tests.chaos.conftest import Books
from tests.chaos.fleet import Fleet, Member, configure, running
from tests.chaos.load import Message, Push, bind, chat
from tests.chaos.pipeline import Pipeline
from tests.chaos.producer import Producer, at_once, producing
from tests.figures import Figure
from tests.hard.relay import Relay, relay
from tests.integration.eventually import at_last
from tests.integration.restartable_server import running_server
from worker.embedded import Backend
from worker.processes import Children

WORKERS, USERS, EVENTS = 2, range(200), 300
#: Longer than Redis's time-out, so that nothing is taken over from a worker that still waits for an answer.
LEASE_S = 15
#: The time-out, the lease, a second look, and a busy machine.
RECOVERED_S = 40.0
TROUBLE, BACK = "redis trouble, waiting", "redis is back"


@dataclass(frozen=True)
class Scene:
    """Workers that reach their Redis through a relay; the producer reaches it directly."""

    client: redis.Redis
    relay: Relay
    books: Books
    fleet: Fleet


@dataclass(frozen=True)
class Incident:
    """What came of one kind of trouble, which happened once or several times."""

    name: str
    lost: set[Push]
    stuck: int
    duplicates: int
    slowest_s: float
    #: Connections that are dead, and that workers would use again.
    kept: int
    #: For each worker and time, how often it said that there is trouble, and that it is over.
    said: list[tuple[int, int]]


def half_open(scene: Scene) -> None:
    """Let every connection swallow what it carries; new ones work."""
    scene.relay.fall_silent()


def client_pause(scene: Scene) -> None:
    """Let every client wait for 3 seconds."""
    scene.client.client_pause(3000)


def server_hangs(scene: Scene) -> None:
    """Let the server itself hang for 3 seconds."""
    hang(scene, 3)


def server_hangs_for_long(scene: Scene) -> None:
    """Let it hang for longer than the workers' time-outs: what they asked for is done, and they will never know."""
    hang(scene, 8)


def hang(scene: Scene, seconds: int) -> None:
    """Let the server do nothing."""
    scene.client.execute_command("DEBUG", "SLEEP", seconds)  # type: ignore[no-untyped-call]  # redis-py's own


def client_kill(scene: Scene) -> None:
    """Cut every other client off."""
    scene.client.client_kill_filter(_type="normal", skipme=True)


#: What leaves most behind comes last.
TROUBLES = (client_pause, server_hangs, client_kill, server_hangs_for_long, half_open)
SHORT = (server_hangs, client_kill, half_open)
#: A number for each message of the module.
_NEXT = iter(range(0, 10**8, EVENTS))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Leave some kinds of trouble to the long form."""
    troubles = TROUBLES if metafunc.config.getoption("--long") else SHORT
    metafunc.parametrize("incident", troubles, ids=lambda each: each.__name__, indirect=True, scope="module")


@pytest.fixture(scope="module")
def scene(
    backend: Backend,
    simulators: Books,
    session_children: Children,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """Workers behind a relay."""
    directory = tmp_path_factory.mktemp("slow")
    started = running_server(session_children, directory / "redis", backend, enable_debug_command="local")
    with started as server, relay(server.port) as path, server.client() as client:
        bind(client, USERS)
        # Celery's own connections are not the matter here: they notice a silent path by TCP's keep-alive alone.
        broker, url = f"redis://127.0.0.1:{server.port}/1", f"redis://127.0.0.1:{path.own_port}/0"
        file = configure(directory / "push.toml", url, simulators, broker_url=broker, lease_s=LEASE_S)
        fleet = Fleet(session_children, file, WORKERS)
        with running(fleet):
            yield Scene(client, path, simulators, fleet)


@pytest.fixture(scope="module")
def incident(request: pytest.FixtureRequest, scene: Scene, is_long: bool) -> Incident:
    """Trouble in the middle of a flow of messages: once, or three times in the long form."""
    for vendors in scene.books.values():
        vendors.reset()
    bad_days.slow(scene.books)
    added: list[Message] = []
    stuck, seconds, kept, said = 0, [], 0, []
    for _ in range(3 if is_long else 1):
        seen, begin = [len(member.log()) for member in scene.fleet.members], time.monotonic()
        added += flow(scene)
        request.param(scene)
        added += flow(scene)
        stuck += Pipeline(scene.client).drained(2 * RECOVERED_S)
        seconds.append(time.monotonic() - begin)
        kept = at_last(lambda: scene.relay.silenced, lambda dead: dead == 0, 20)
        said += [over(member, start) for member, start in zip(scene.fleet.members, seen, strict=True)]
    account = Account({push for message in added for push in message.pushes()}, vendor_books.accepted(scene.books))
    return Incident(request.param.__name__, account.lost, stuck, account.duplicates, max(seconds), kept, said)


def flow(scene: Scene) -> list[Message]:
    """Add messages to one user each; return them."""
    first = next(_NEXT)
    written = [chat(first + number, USERS[number % len(USERS)]) for number in range(EVENTS)]
    with producing(Producer(scene.client, written, at_once)) as producer:
        producer.finish(60)
    return written


def over(member: Member, seen: int) -> tuple[int, int]:
    """Wait until a worker has nothing more to say of an incident; return how often it said the two things."""

    def said() -> tuple[int, int]:
        text = member.log()[seen:]
        return text.count(TROUBLE), text.count(BACK)

    return at_last(said, lambda counts: counts[0] == counts[1], 10)


def test_workers_recover_by_themselves(incident: Incident, figure: Figure) -> None:
    """Every message added before and after the trouble is pushed, once, and within a bounded time."""
    figure(
        f"slow redis, {incident.name}: {len(incident.lost)} lost, {incident.stuck} stuck, {incident.duplicates}"
        f" duplicates; all done {incident.slowest_s:.1f} s after it began"
    )
    assert (incident.lost, incident.stuck, incident.duplicates) == (set(), 0, 0)


def test_no_dead_connection_is_kept(incident: Incident) -> None:
    """Workers keep no connection that fell silent: each would cost a call its time-out, minutes later."""
    assert incident.kept == 0


def test_workers_say_so_once(incident: Incident, figure: Figure) -> None:
    """Each worker says at most once that there is trouble, and as often that it is over."""
    most = max(trouble for trouble, _ in incident.said)
    figure(f"slow redis, {incident.name}: at most {most} lines of trouble from one worker")
    assert all(trouble == back <= 1 for trouble, back in incident.said)
