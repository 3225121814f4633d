"""What ``offline-push doctor`` finds out about Redis: one server, those under Sentinel, or a Cluster."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from worker.config import Config
from worker.config_faults import ConfigError
from worker.doctor_topology import cluster_finding, sentinel_finding
from worker.finding import Finding
from worker.redis_access import connection_of
from worker.store.cluster import ClusterSource
from worker.store.connection import Connection
from worker.store.keys import Keys, Partitions
from worker.store.place import Address
from worker.store.sentinel import SentinelSource
from worker.store.stream import GROUP

#: What INFO says of each server that takes writes, by a name that is empty when there is only one.
Servers = Mapping[str, Mapping[str, Any]]
_NEEDED = {"Redis": (7, 0), "Valkey": (7, 2)}


async def redis_findings(config: Config) -> AsyncIterator[Finding]:
    """Yield the findings; those that an earlier fault makes impossible are left out."""
    if config.redis.is_embedded:
        yield Finding("redis", "warning", "redis.url is not set: the worker will start an embedded Valkey")
        return
    try:
        connection = connection_of(config)
    except ConfigError as error:
        yield Finding("redis", "fault", "; ".join(error.faults))
        return
    try:
        async for finding in _examine(connection, Partitions(config.redis.partitions).all):
            yield finding
    except (RedisError, OSError) as error:
        yield Finding("redis", "fault", f"{type(error).__name__}: {error}")
    finally:
        await connection.aclose()


async def _examine(connection: Connection, keys: Sequence[Keys]) -> AsyncIterator[Finding]:
    match connection.source:
        case SentinelSource() as source:
            yield await sentinel_finding(source)
        case ClusterSource() as source:
            yield await cluster_finding(source, keys)
    servers = await _servers(connection)
    yield _version(servers)
    yield _persistence(servers)
    yield _eviction(servers)
    if isinstance(connection.source, SentinelSource | ClusterSource):
        yield _failover(servers)
    yield await _backlog(connection, keys)


async def _servers(connection: Connection) -> Servers:
    source = connection.source
    if not isinstance(source, ClusterSource):
        return {"": await connection.writer.info()}
    return {f" on {master}": await _info(source, master) for master in await source.map.masters()}


async def _info(source: ClusterSource, address: Address) -> Any:
    async with source.node(address) as client:
        return await client.info()


def _version(servers: Servers) -> Finding:
    programs = sorted({_program(info) for info in servers.values()})
    if all(map(_is_new_enough, programs)):
        return Finding("redis", "ok", ", ".join(programs))
    return Finding("redis", "fault", f"{', '.join(programs)}; needed: Redis 7.0 or Valkey 7.2")


def _program(info: Mapping[str, Any]) -> str:
    is_valkey = info.get("server_name") == "valkey"
    return f"Valkey {info['valkey_version']}" if is_valkey else f"Redis {info['redis_version']}"


def _is_new_enough(program: str) -> bool:
    name, version = program.split()
    return tuple(int(part) for part in version.split(".")[:2]) >= _NEEDED[name]


def _persistence(servers: Servers) -> Finding:
    forgetful = [name for name, info in servers.items() if not int(info["aof_enabled"])]
    if not forgetful:
        return Finding("persistence", "ok", "append-only file is on")
    return Finding("persistence", "warning", f"appendonly is off{','.join(forgetful)}: a restart of Redis loses events")


def _eviction(servers: Servers) -> Finding:
    policies = {name: str(info["maxmemory_policy"]) for name, info in servers.items()}
    evicting = [f"{policy}{name}" for name, policy in policies.items() if policy != "noeviction"]
    if not evicting:
        return Finding("eviction", "ok", "noeviction")
    return Finding("eviction", "fault", f"maxmemory-policy {', '.join(evicting)} loses events; set noeviction")


def _failover(servers: Servers) -> Finding:
    """Return what the death of a master would cost. INFO counts good replicas only where writes ask for them."""
    alone = [name for name, info in servers.items() if not int(info["connected_slaves"])]
    if alone:
        return Finding("failover", "warning", f"the master{','.join(alone)} has no replica: nobody can take its place")
    careless = [name for name, info in servers.items() if "min_slaves_good_slaves" not in info]
    if careless:
        detail = f"min-replicas-to-write is 0{','.join(careless)}: what a replaced master still takes is lost"
        return Finding("failover", "warning", detail)
    return Finding("failover", "ok", "no master takes writes without a replica")


async def _backlog(connection: Connection, keys: Sequence[Keys]) -> Finding:
    counts = [await _counts(connection.writer, partition) for partition in keys]
    waiting, dead, is_read = (sum(column) for column in zip(*counts, strict=True))
    detail = f"{waiting} events waiting, {dead} dead letters"
    if waiting and not is_read:
        return Finding("backlog", "warning", f"{detail}; no worker has started yet")
    return Finding("backlog", "warning" if dead else "ok", detail)


async def _counts(client: Redis, keys: Keys) -> tuple[int, int, bool]:
    """Return events, dead letters, and whether a worker ever read the events of one partition."""
    waiting, dead = await client.xlen(keys.events), await client.xlen(keys.dead)
    groups: Any = await client.xinfo_groups(keys.events) if waiting else []
    return waiting, dead, any(group["name"] == GROUP.encode() for group in groups)
