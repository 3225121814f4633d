"""The processes of the demo: embedded Valkey, the vendor simulators, one real Celery worker."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import tomlkit

from worker.config_environment import CONFIG_VARIABLE
from worker.demo.sample import Sample
from worker.embedded import embedded_server
from worker.processes import Children
from worker.supervisor import celery_command

_READY_S = 30.0
#: Which of the simulators' ready-made credentials a channel's configuration names.
_CREDENTIALS = {
    "apns": ("key_file", "key_id", "team_id"),
    "fcm": ("service_account_file",),
    "huawei": ("app_id", "secret_file"),
}


class StageError(Exception):
    """A process of the demo did not come up; one line says which."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What the play needs to know."""

    redis_url: str
    #: Base URL of the simulators' control API.
    control: str
    worker_log: Path

    def ledger(self) -> list[dict[str, Any]]:
        """Return what the vendors saw."""
        answer = httpx.get(f"{self.control}/_sim/requests", trust_env=False, timeout=30)
        entries: list[dict[str, Any]] = answer.raise_for_status().json()
        return entries


@contextmanager
def stage(sample: Sample) -> Iterator[Stage]:
    """Run all processes for the length of the block; none survives it, however it ends.

    Raises:
        StageError: a process did not come up.
        EmbeddedError: there is no server to embed.
    """
    with (
        tempfile.TemporaryDirectory(prefix="offline-push-demo-") as name,
        Children() as children,
        embedded_server(children) as server,
    ):
        folder = Path(name)
        vendors = _simulators(children, folder)
        for token in sample.tokens:
            httpx.post(f"{vendors['control']}/_sim/tokens", json=token, trust_env=False).raise_for_status()
        config = folder / "config.toml"
        config.write_text(tomlkit.dumps(_configuration(sample, vendors, server.url)), "utf-8")
        log = folder / "worker.log"
        with log.open("wb") as output:
            worker = children.start(
                celery_command("info", 1),
                env=os.environ | {CONFIG_VARIABLE: str(config)},
                stdout=output,
                stderr=output,
            )
        _await(lambda: b"dispatch started" in log.read_bytes(), worker, log)
        yield Stage(server.url, vendors["control"], log)


def _simulators(children: Children, folder: Path) -> dict[str, Any]:
    ready, log = folder / "simulator.json", folder / "simulator.log"
    command = [sys.executable, "-m", "worker.cli", "simulator", "--data-dir", str(folder / "simulator")]
    with ready.open("wb") as output, log.open("wb") as errors:
        process = children.start(command, stdout=output, stderr=errors)
    _await(lambda: ready.read_bytes().endswith(b"\n"), process, log)
    facts: dict[str, Any] = json.loads(ready.read_bytes())
    return facts


def _await(is_ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            lines = log.read_text("utf-8", "replace").split("\n")
            raise StageError(f"the {log.stem} did not start: {next(filter(None, reversed(lines)), 'no word of it')}")
        time.sleep(0.02)


def _configuration(sample: Sample, vendors: dict[str, Any], redis_url: str) -> dict[str, Any]:
    apps = {}
    for app in sample.apps:
        members = {name: value for name, value in app.items() if name not in {"appkey", "channels"}}
        apps[app["appkey"]] = members | {"channels": [_channel(channel, vendors) for channel in app["channels"]]}
    return {"redis": {"url": redis_url}, "apps": apps}


def _channel(channel: dict[str, Any], vendors: dict[str, Any]) -> dict[str, Any]:
    name = channel["provider"]
    credentials = vendors["credentials"][name]
    own = {key: credentials[key] for key in _CREDENTIALS[name]}
    if name == "apns":
        own["topic"] = channel["notifier"]
    if name == "huawei":
        own |= {"api": "v1", "badge_class": "com.example.demo.Main", "token_endpoint": credentials["token_url"]}
    return channel | own | {"endpoint": vendors["endpoints"][name], "ca_file": vendors["ca_file"]}
