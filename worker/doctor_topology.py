"""What ``offline-push doctor`` finds out about those that watch the servers: sentinels, or the nodes of a Cluster."""

from collections.abc import Sequence

from redis.crc import key_slot
from redis.exceptions import RedisError

from worker.finding import Finding
from worker.store.cluster import ClusterSource
from worker.store.cluster_map import Range
from worker.store.keys import Keys
from worker.store.place import Address
from worker.store.sentinel import Opinion, SentinelSource

_SLOTS = 16_384


async def sentinel_finding(source: SentinelSource) -> Finding:
    """Return whether the sentinels answer, agree, and could replace the master."""
    opinions = await source.opinions()
    masters = {opinion.master for opinion in opinions if opinion.master}
    if len(masters) != 1:
        return Finding("sentinels", "fault", f"no agreed master: {'; '.join(map(_said, opinions))}")
    detail = f"master {masters.pop()}"
    unsure = [opinion for opinion in opinions if not opinion.master]
    if unsure:
        return Finding("sentinels", "warning", f"{detail}; {'; '.join(map(_said, unsure))}")
    if not await source.has_quorum():
        return Finding("sentinels", "warning", f"{detail}; too few sentinels see each other to replace it")
    return Finding("sentinels", "ok", f"{detail}, {len(opinions)} sentinels agree")


def _said(opinion: Opinion) -> str:
    if opinion.fault:
        return f"{opinion.sentinel} {opinion.fault}"
    return f"{opinion.sentinel} {f'names {opinion.master}' if opinion.master else 'knows no such master'}"


async def cluster_finding(source: ClusterSource, keys: Sequence[Keys]) -> Finding:
    """Return whether every slot is served by a node that answers, and how the partitions are spread."""
    ranges = await source.map.ranges()
    masters = sorted({each.master for each in ranges})
    silent = [str(master) for master in masters if not await _answers(source, master)]
    if silent:
        return Finding("cluster", "fault", f"no answer from the master {', '.join(silent)}")
    missing = _SLOTS - sum(each.last - each.first + 1 for each in ranges)
    if missing:
        return Finding("cluster", "fault", f"{missing} of {_SLOTS} slots are served by no node")
    used = {_master(ranges, partition) for partition in keys}
    return Finding("cluster", "ok", f"{len(masters)} masters; {len(keys)} partitions on {len(used)} of them")


def _master(ranges: Sequence[Range], keys: Keys) -> Address:
    slot = key_slot(keys.tag.encode())
    return next(each.master for each in ranges if each.first <= slot <= each.last)


async def _answers(source: ClusterSource, address: Address) -> bool:
    try:
        async with source.node(address) as client:
            return bool(await client.ping())
    except RedisError:
        return False
