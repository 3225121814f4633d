"""From the configuration to places and brokers: what redis-py and kombu are told."""

from pathlib import Path
from typing import Any

import pytest
from redis.asyncio.connection import SSLConnection

from worker.broker import broker_settings, default_broker_url
from worker.config import Config, load_config
from worker.config_faults import ConfigError
from worker.redis_access import connection_of, place_of
from worker.store.place import Address, Cluster, Sentinels

SENTINELS = "sentinels = ['a:1', '[::1]:2']\nmaster = 'mymaster'\n"


def load(directory: Path, text: str) -> Config:
    """Load a file with this ``[redis]`` section; the password of the sentinels stands beside it."""
    (directory / "password").write_text("hunter2\n")
    path = directory / "config.toml"
    path.write_text(f"[redis]\n{text}")
    return load_config(path, {})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("url = 'redis://h:1/2'", "redis://h:1/2"),
        (SENTINELS, Sentinels("redis://sentinel/0", "mymaster", (Address("a", 1), Address("::1", 2)))),
        (
            f"{SENTINELS}url = 'rediss://u:p@x/2'\nsentinel_username = 's'\nsentinel_password_file = 'password'",
            Sentinels("rediss://u:p@x/2", "mymaster", (Address("a", 1), Address("::1", 2)), "s", "hunter2"),
        ),
        (
            "url = 'redis://h:1'\ncluster = true\nnodes = ['b:2']\n[celery]\nbroker_url = 'amqp://h'",
            Cluster("redis://h:1", (Address("b", 2),)),
        ),
    ],
)
def test_places(tmp_path: Path, text: str, place: object) -> None:
    """Each kind of ``[redis]`` section is one place, which shows no secret."""
    found = place_of(load(tmp_path, text))
    assert found == place
    assert isinstance(found, str) or not {"hunter2", "u:p"} & set(repr(found).split("'"))


def test_no_place() -> None:
    """Without a server and without an embedded one a command says what is missing."""
    with pytest.raises(ConfigError, match=r"redis\.url: not set"):
        place_of(Config())


@pytest.mark.parametrize("more", ["", SENTINELS])
@pytest.mark.parametrize("url", ["redis://h", "rediss://h"])
def test_commands_are_packed_in_c(tmp_path: Path, url: str, more: str) -> None:
    """Whoever names the server: in Python, which parts what is long, a script takes longer to pack than to run."""
    pool: Any = connection_of(load(tmp_path, f"url = '{url}'\n{more}")).writer.connection_pool
    made = pool.make_connection()
    assert len(made.pack_command("SET", "a", b"long" * 10_000)) == 1
    assert isinstance(made, SSLConnection) == url.startswith("rediss")


@pytest.mark.parametrize("url", ["redis://h?foo=1", "redis://h?socket_timeout=soon", "rediss://h?ssl_foo=1"])
@pytest.mark.parametrize("more", ["", SENTINELS, "cluster = true\n[celery]\nbroker_url = 'amqp://h'"])
def test_options_that_redis_py_does_not_know(tmp_path: Path, url: str, more: str) -> None:
    """A wrong option behind the question mark is refused before anything is connected, whatever the place."""
    with pytest.raises(ConfigError, match=r"redis\.url: unknown option"):
        connection_of(load(tmp_path, f"url = '{url}'\n{more}"))


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/1"),
        ("redis://:pw@h", "redis://:pw@h/1"),
        ("rediss://h:1/3?ssl_cert_reqs=required", "rediss://h:1/1?ssl_cert_reqs=required"),
        ("unix:///run/redis.sock?db=0", "redis+socket:///run/redis.sock?virtual_host=1"),
    ],
)
def test_default_broker(redis_url: str, broker_url: str) -> None:
    """Celery's default broker is the same server's database 1."""
    assert default_broker_url(redis_url) == broker_url


def test_default_broker_under_sentinel(tmp_path: Path) -> None:
    """Under Sentinel it is database 1 of the same master, asked for at every sentinel, with the same credentials."""
    url = "url = 'rediss://u:p%40q@x/2?ssl_ca_certs=/ca.pem'\nsentinel_password_file = 'password'"
    settings = broker_settings(load(tmp_path, f"{SENTINELS}{url}"))
    options: dict[str, Any] = settings["broker_transport_options"]
    assert settings["broker_url"] == "sentinel://u:p%40q@a:1/1;sentinel://u:p%40q@[::1]:2/1"
    assert settings["broker_use_ssl"] == {"ssl_cert_reqs": "required", "ssl_ca_certs": "/ca.pem"}
    assert options["master_name"] == "mymaster"
    sentinel = options["sentinel_kwargs"]
    assert (sentinel["password"], sentinel["ssl"], sentinel["ssl_ca_certs"]) == ("hunter2", True, "/ca.pem")


def test_given_broker(tmp_path: Path) -> None:
    """A broker that is given is used as it is; a master that Sentinel has to name comes from either section."""
    celery = "[celery]\nbroker_url = 'sentinel://h:1/1'\n"
    for text, master in ((f"{SENTINELS}{celery}", "mymaster"), (f"{celery}broker_master = 'other'", "other")):
        settings = broker_settings(load(tmp_path, text))
        assert (settings["broker_url"], settings["broker_transport_options"]["master_name"]) == (
            "sentinel://h:1/1",
            master,
        )
    plain = broker_settings(load(tmp_path, "[celery]\nbroker_url = 'amqp://h'"))
    assert "master_name" not in plain["broker_transport_options"]
