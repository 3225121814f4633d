"""The examinations behind ``offline-push doctor``: one function each, in a table."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.exceptions import RedisError

from worker.bootstrap import check_channels
from worker.channels import origin_of
from worker.config import Config, load_config
from worker.config_channels import Channel
from worker.config_faults import ConfigError
from worker.store.connection import connect
from worker.store.keys import Keys
from worker.store.stream import GROUP

_MINIMUM = (3, 11)
_CONNECT_S = 5.0
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer. ``status`` is ok, warning or fault."""

    check: str
    status: str
    detail: str

    @property
    def is_fault(self) -> bool:
        """Whether the worker cannot do its work like this."""
        return self.status == "fault"

    def __str__(self) -> str:
        """Return one line for people."""
        return f"{self.status:8} {self.check:16} {self.detail}"


async def examine(path: Path | None) -> list[Finding]:
    """Return all findings; a check that cannot run because an earlier one failed is left out."""
    findings = [_python()]
    try:
        config = load_config(path, os.environ)
        findings.append(Finding("configuration", "ok", f"{len(config.apps)} apps"))
    except ConfigError as error:
        return [*findings, *(Finding("configuration", "fault", fault) for fault in error.faults)]
    findings += [_credentials(config), _lease(config)]
    findings += [finding async for finding in _redis(config)]
    return findings + await asyncio.gather(*(_endpoint(app, each) for app, each in _channels(config)))


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", "ok" if sys.version_info >= _MINIMUM else "fault", version)


def _credentials(config: Config) -> Finding:
    try:
        check_channels(config)
    except ConfigError as error:
        return Finding("credentials", "fault", "; ".join(error.faults))
    return Finding("credentials", "ok", f"{len(_channels(config))} channels")


def _lease(config: Config) -> Finding:
    lease_s, deadline_s = config.worker.lease_s, config.worker.send_deadline_s
    if lease_s > 2 * deadline_s:
        return Finding("lease", "ok", f"{lease_s} s")
    detail = f"worker.lease_s {lease_s} is short beside send_deadline_s {deadline_s}: slow sends may be sent twice"
    return Finding("lease", "warning", detail)


def _channels(config: Config) -> list[tuple[str, Channel]]:
    return [(appkey, channel) for appkey, app in config.apps.items() for channel in app.channels]


async def _redis(config: Config) -> AsyncIterator[Finding]:
    if config.redis.url is None:
        yield Finding("redis", "warning", "redis.url is not set: the worker will start an embedded Valkey")
        return
    connection = connect(config.redis.url)
    try:
        for check in (_server, _persistence, _eviction, _backlog):
            yield await check(connection.writer)
    except (RedisError, OSError) as error:
        yield Finding("redis", "fault", f"{type(error).__name__}: {error}")
    finally:
        await connection.aclose()


async def _server(client: Redis) -> Finding:
    info: Any = await client.info("server")
    is_valkey = info.get("server_name") == "valkey"
    version = str(info["valkey_version"] if is_valkey else info["redis_version"])
    needed = (7, 2) if is_valkey else (7, 0)
    is_new_enough = tuple(int(part) for part in version.split(".")[:2]) >= needed
    name = f"{'Valkey' if is_valkey else 'Redis'} {version}"
    if is_new_enough:
        return Finding("redis", "ok", name)
    return Finding("redis", "fault", f"{name}; needed: Redis 7.0 or Valkey 7.2")


async def _persistence(client: Redis) -> Finding:
    info: Any = await client.info("persistence")
    if int(info["aof_enabled"]):
        return Finding("persistence", "ok", "append-only file is on")
    return Finding("persistence", "warning", "appendonly is off: a restart of Redis loses events")


async def _eviction(client: Redis) -> Finding:
    info: Any = await client.info("memory")
    policy = str(info["maxmemory_policy"])
    if policy == "noeviction":
        return Finding("eviction", "ok", policy)
    return Finding("eviction", "fault", f"maxmemory-policy {policy} loses events; set noeviction")


async def _backlog(client: Redis) -> Finding:
    keys = Keys()
    waiting, dead = await client.xlen(keys.events), await client.xlen(keys.dead)
    groups: Any = await client.xinfo_groups(keys.events) if waiting else []
    has_group = any(group["name"] == GROUP.encode() for group in groups)
    detail = f"{waiting} events waiting, {dead} dead letters"
    if waiting and not has_group:
        return Finding("backlog", "warning", f"{detail}; no worker has started yet")
    return Finding("backlog", "warning" if dead else "ok", detail)


async def _endpoint(appkey: str, channel: Channel) -> Finding:
    """Open a connection to the channel's vendor and close it again."""
    parts = urlsplit(origin_of(channel))
    port = parts.port or _PORTS[parts.scheme]
    name = f"{appkey} {channel.notifier}: {parts.hostname}:{port}"
    if channel.proxy:
        return Finding(channel.provider, "warning", f"{name} is behind a proxy, not tried")
    try:
        tls = _trust(channel.ca_file) if parts.scheme == "https" else None
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(parts.hostname, port, ssl=tls)
        writer.close()
    except OSError as error:  # TimeoutError and ssl.SSLError are OSErrors
        return Finding(channel.provider, "fault", f"{name}: {str(error) or type(error).__name__}")
    return Finding(channel.provider, "ok", name)


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
