"""Doctor: a finding for each check, and status 1 exactly when one is a fault."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.integration.cli.command import json_lines, offline_push
from tests.integration.configuration import APNS, channels_of, write_configuration
from tests.integration.vendors import Vendors
from worker.store.keys import Keys


@pytest.fixture
def healthy(redis_url: str, vendors: Vendors, database: redis.Redis, tmp_path: Path) -> Path:
    """A configuration with three vendors that answer and a Redis as it should be."""
    assert database.ping()
    path = tmp_path / "config.toml"
    write_configuration(path, redis_url, channels_of(vendors))
    return path


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken and refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def _findings(config: Path, **env: str) -> tuple[int, dict[str, dict[str, Any]]]:
    done = offline_push("doctor", "--config", config, "--json", env=env)
    assert done.stderr == ""
    return done.returncode, {finding["check"]: finding for finding in json_lines(done.stdout)}


def _channel(channel: str, **members: Any) -> dict[str, str]:
    return {"OFFLINE_PUSH_APPS": json.dumps({"org#app": {"channels": {channel: members}}})}


def test_healthy(healthy: Path) -> None:
    """A set-up without a fault has an ok for every check, one JSON object each, and status 0."""
    status, findings = _findings(healthy)
    assert (status, {finding["status"] for finding in findings.values()}) == (0, {"ok"})
    checks = ["python", "configuration", "credentials", "lease", "redis", "persistence", "eviction", "backlog"]
    assert list(findings) == [*checks, "apns", "fcm", "huawei"]


def test_lines_for_people(healthy: Path) -> None:
    """Without --json each finding is one line that begins with its status."""
    done = offline_push("doctor", "--config", healthy)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * 11


def test_no_configuration_at_all() -> None:
    """Without a configuration the embedded server is announced, which is a warning and no fault."""
    done = offline_push("doctor", "--json")
    assert done.returncode == 0
    assert [(each["check"], each["status"]) for each in json_lines(done.stdout)][-1] == ("redis", "warning")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[redis\n", "line 1"),
        ("[redis]\nurll = 1\n", "redis.urll"),
        ('[apps."a#b"]\nlocale = "xx"\n', "apps.a#b.locale"),
    ],
)
def test_configuration_fault(text: str, word: str, tmp_path: Path) -> None:
    """A configuration that cannot be used is a fault that names the place; nothing else is tried."""
    config = tmp_path / "config.toml"
    config.write_text(text)
    status, findings = _findings(config)
    assert (status, list(findings), findings["configuration"]["status"]) == (1, ["python", "configuration"], "fault")
    assert word in findings["configuration"]["detail"]


def test_credentials_fault(healthy: Path, tmp_path: Path) -> None:
    """A key that is no key is a fault that names the channel's path, and the other checks are made."""
    key = tmp_path / "broken.p8"
    key.write_text("-----BEGIN PRIVATE KEY-----\nnonsense-2718\n-----END PRIVATE KEY-----\n")
    status, findings = _findings(healthy, **_channel(APNS, key_file=str(key)))
    assert (status, findings["credentials"]["status"], findings["redis"]["status"]) == (1, "fault", "ok")
    assert "apps.org#app.channels[0]" in findings["credentials"]["detail"]
    assert "nonsense-2718" not in str(findings)


def test_short_lease(healthy: Path) -> None:
    """A lease that ends while a send may still be answered is a warning with both times."""
    status, findings = _findings(healthy, OFFLINE_PUSH_WORKER__LEASE_S="20")
    assert (status, findings["lease"]["status"]) == (0, "warning")
    assert "20" in findings["lease"]["detail"]


def test_redis_fault(healthy: Path, closed_port: int) -> None:
    """A Redis that is not there is a fault; the vendors are tried all the same."""
    status, findings = _findings(healthy, OFFLINE_PUSH_REDIS__URL=f"redis://:sesame@127.0.0.1:{closed_port}/0")
    assert (status, findings["redis"]["status"], findings["apns"]["status"]) == (1, "fault", "ok")
    assert "sesame" not in str(findings)


@pytest.mark.parametrize(
    ("parameter", "bad", "good", "check", "verdict"),
    [
        ("maxmemory-policy", "allkeys-lru", "noeviction", "eviction", "fault"),
        ("appendonly", "no", "yes", "persistence", "warning"),
    ],
)
def test_redis_that_loses_events(
    healthy: Path, database: redis.Redis, parameter: str, bad: str, good: str, check: str, verdict: str
) -> None:
    """A Redis that evicts is a fault, one that forgets at a restart a warning."""
    database.config_set(parameter, bad)
    try:
        status, findings = _findings(healthy)
    finally:
        database.config_set(parameter, good)
    assert (status, findings[check]["status"]) == (int(verdict == "fault"), verdict)


def test_backlog(healthy: Path, database: redis.Redis) -> None:
    """Dead letters, and events that no worker ever read, are warnings with their numbers."""
    database.xadd(Keys().events, {"message": "{}"})
    database.xadd(Keys().dead, {"reason": "x"})
    status, findings = _findings(healthy)
    assert (status, findings["backlog"]["status"]) == (0, "warning")
    assert findings["backlog"]["detail"] == "1 events waiting, 1 dead letters; no worker has started yet"


def test_vendor_that_is_not_there(healthy: Path, closed_port: int) -> None:
    """A vendor that cannot be reached is a fault that names app, channel and address."""
    status, findings = _findings(healthy, **_channel(APNS, endpoint=f"https://127.0.0.1:{closed_port}"))
    assert (status, findings["apns"]["status"], findings["fcm"]["status"]) == (1, "fault", "ok")
    assert f"org#app {APNS}: 127.0.0.1:{closed_port}" in findings["apns"]["detail"]


def test_vendor_that_is_not_trusted(healthy: Path) -> None:
    """A vendor whose certificate nobody vouches for is a fault."""
    status, findings = _findings(healthy, **_channel(APNS, ca_file=None))
    assert (status, findings["apns"]["status"]) == (1, "fault")
    assert "certificate" in findings["apns"]["detail"]


def test_ca_file_that_is_none(healthy: Path, tmp_path: Path) -> None:
    """A ca_file without a certificate is a fault, and the other vendors are tried."""
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    status, findings = _findings(healthy, **_channel(APNS, ca_file=str(empty)))
    assert status == 1
    assert {"fcm", "huawei"} <= findings.keys()


def test_plain_http_endpoint(healthy: Path, vendors: Vendors) -> None:
    """An http:// endpoint is tried without TLS."""
    status, findings = _findings(healthy, **_channel(APNS, endpoint=vendors.ready["control"]))
    assert (status, findings["apns"]["status"]) == (0, "ok")


def test_vendor_behind_a_proxy(healthy: Path, closed_port: int) -> None:
    """A vendor behind a proxy is not tried, and the finding says so without the proxy's password."""
    status, findings = _findings(healthy, **_channel(APNS, proxy=f"http://me:sesame@127.0.0.1:{closed_port}"))
    assert (status, findings["apns"]["status"]) == (0, "warning")
    assert "sesame" not in str(findings)
