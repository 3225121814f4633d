"""The examinations behind ``offline-push doctor``: one function each, in a table."""

import asyncio
import os
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

from worker.bootstrap import check_channels
from worker.channels import origin_of
from worker.config import Config, load_config
from worker.config_channels import Channel
from worker.config_faults import ConfigError
from worker.doctor_redis import redis_findings
from worker.finding import Finding
from worker.tokens import authorities

_MINIMUM = (3, 11)
_CONNECT_S = 5.0
_PORTS = {"http": 80, "https": 443}


async def examine(path: Path | None) -> list[Finding]:
    """Return all findings; a check that cannot run because an earlier one failed is left out."""
    findings = [_python()]
    try:
        config = load_config(path, os.environ)
        findings.append(Finding("configuration", "ok", f"{len(config.apps)} apps"))
    except ConfigError as error:
        return [*findings, *(Finding("configuration", "fault", fault) for fault in error.faults)]
    findings += [_credentials(config), _lease(config)]
    findings += [finding async for finding in redis_findings(config)]
    return findings + await asyncio.gather(*(_endpoint(app, each) for app, each in _channels(config)))


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", "ok" if sys.version_info >= _MINIMUM else "fault", version)


def _credentials(config: Config) -> Finding:
    try:
        check_channels(config)
        authorities(config)
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
