"""A worker under the flood: a Redis server of its own, fake vendors that are really asked, one worker process."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from tests.fuzz.words import dead_tokens
from tests.hard.fake_vendors import VENDORS, FakeVendors, fake_vendors
from tests.integration.configuration import APPKEY, channels_of, write_configuration
from tests.integration.deployment import Deployment
from tests.integration.worker_process import WorkerProcess
from tests.ports import own_port
from worker.embedded import embedded_server
from worker.processes import Children

#: Each vendor's word for a token that is dead.
_DEAD = dict(zip(VENDORS, ("unregistered", "unregistered", "invalid"), strict=True))
#: Push templates of the app, with placeholders that have nothing to stand for.
_TEMPLATES = {
    "default": ("{0}: {$fromNickname}", "{$msg} {1}"),
    "detail": ("{$dynamicFrom}", "{$msg}"),
    "odd": ("{999}{{0}}{$gone}{0", "{$msg}{}{-1}{$}{00}"),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """All that runs."""

    deployment: Deployment
    vendors: FakeVendors
    metrics_port: int


@contextmanager
def flooded(children: Children, directory: Path) -> Iterator[Stage]:
    """Run all of it for the length of the block; nothing is kept on disk but the worker's log."""
    with (
        embedded_server(children, append_only=False) as server,
        fake_vendors(children, directory / "simulator", "--ledger-payloads", "off") as vendors,
        redis.Redis.from_url(server.url) as client,
    ):
        for vendor, state in _DEAD.items():
            vendors.set_tokens(vendor, dict.fromkeys(dead_tokens(), state))
        path, port = directory / "config.toml", own_port()
        write_configuration(path, server.url, channels_of(vendors), journal_max=10_000, metrics_port=port)
        path.write_text(path.read_text() + _templates())
        yield Stage(Deployment(client, vendors, WorkerProcess(children, path).started()), vendors, port)


def _templates() -> str:
    return "".join(
        f"\n[apps.{APPKEY!r}.templates.{name}]\ntitle_pattern = {title!r}\ncontent_pattern = {content!r}\n"
        for name, (title, content) in _TEMPLATES.items()
    )
