"""Which errors of Redis are waited out, as redis-py really makes them from the server's replies."""

import pytest
from redis._parsers.base import BaseParser
from redis.asyncio.sentinel import MasterNotFoundError, SlaveNotFoundError
from redis.exceptions import ClusterError, DataError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from worker.store.trouble import is_passing

PASSING = [
    "OOM command not allowed when used memory > 'maxmemory'.",
    "OOM command not allowed when used memory > 'maxmemory'. script: 0a1b, on @user_script:30.",
    "READONLY You can't write against a read only replica.",
    "LOADING Redis is loading the dataset in memory",
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "NOREPLICAS Not enough good replicas to write.",
    "CLUSTERDOWN The cluster is down",
    "CLUSTERDOWN Hash slot not served",
    "MOVED 15882 127.0.0.1:6381",
    "ASK 15882 127.0.0.1:6381",
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
    "UNBLOCKED the stream key no longer exists",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "NOGROUP No such key 'push:{p0}:events' or consumer group 'push'",
    "NOAUTH Authentication required.",
    "NOPERM User push has no permissions to run the 'xadd' command",
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
    "ERR max number of clients reached",
]
LASTING = [
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "ERR user_script:5: attempt to compare nil with number script: 0a1b, on @user_script:5.",
    "ERR Error running script: it is BUSY to be OOM",
    "CROSSSLOT Keys in request don't hash to the same slot",
]


def answered(reply: str) -> Exception:
    """Return what redis-py makes of an error reply."""
    error: Exception = BaseParser.parse_error(reply)  # type: ignore[no-untyped-call]  # redis-py's parser has no types
    return error


@pytest.mark.parametrize("reply", PASSING)
def test_the_servers_condition_is_waited_out(reply: str) -> None:
    """The server cannot now: nothing is wrong with the event."""
    assert is_passing(answered(reply))


@pytest.mark.parametrize("reply", LASTING)
def test_a_call_that_cannot_work_is_not_repeated(reply: str) -> None:
    """The call itself is wrong: waiting would block what stands behind it."""
    assert not is_passing(answered(reply))


@pytest.mark.parametrize(
    "error",
    [
        RedisConnectionError(),
        RedisTimeoutError(),
        OSError(),
        ConnectionResetError(),
        MasterNotFoundError("no master mymaster"),
        SlaveNotFoundError(),
        ClusterError("TTL exhausted."),
    ],
)
def test_a_broken_wire_is_waited_out(error: Exception) -> None:
    """The network heals by itself."""
    assert is_passing(error)


@pytest.mark.parametrize("error", [ValueError("OOM"), KeyError("READONLY"), RecursionError()])
def test_faults_of_our_own_are_not_waited_out(error: Exception) -> None:
    """An exception that is not Redis's stays one, whatever its text."""
    assert not is_passing(error)


def test_redis_pys_own_refusal_is_not_waited_out() -> None:
    """An argument that redis-py cannot encode will never be encodable."""
    assert not is_passing(DataError("Invalid input of type"))
