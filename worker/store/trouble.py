"""Which errors of Redis pass by themselves. All others mean that this very call can never work."""

from redis.exceptions import (
    BusyLoadingError,
    DataError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

_PASSING = (RedisConnectionError, RedisTimeoutError, BusyLoadingError, OSError)
#: First words of error replies that speak of the server's condition, not of the call.
#: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
_CONDITIONS = frozenset(
    {
        "OOM",
        "READONLY",
        "LOADING",
        "BUSY",
        "MISCONF",
        "MASTERDOWN",
        "NOREPLICAS",
        "CLUSTERDOWN",
        "TRYAGAIN",
        "MOVED",
        "ASK",
        "NOGROUP",
        "NOAUTH",
        "NOPERM",
        "UNBLOCKED",  # what a read that waits is told when its master becomes a replica
        "UNKILLABLE",
    }
)


def is_passing(error: Exception) -> bool:
    """Return whether the same call may work later: wait and repeat it, nothing is wrong with the data."""
    if isinstance(error, _PASSING):
        return True
    # redis-py takes the first word off the replies it has a class for (OOM, READONLY) and keeps it as their status;
    # a script reports a failed command as its own error, the first word kept.
    words = {getattr(error, "status_code", None), *str(error).split()[:3]}
    is_condition = not words.isdisjoint(_CONDITIONS)
    is_of_the_call = isinstance(error, ResponseError | DataError)
    return isinstance(error, RedisError) and (is_condition or not is_of_the_call)
