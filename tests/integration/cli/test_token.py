"""``offline-push token``: tokens from the configuration, and their end."""

from pathlib import Path

import pytest
import redis

from tests.integration.api.callers import OTHER_APPKEY, SECRET, add_other_apps, bearer, credentials
from tests.integration.api.in_process import answered
from tests.integration.cli.command import offline_push, refused
from tests.integration.configuration import APPKEY, write_configuration
from worker.embedded import EmbeddedServer


@pytest.fixture
def config(tmp_path: Path, redis_server: EmbeddedServer, database: redis.Redis) -> Path:
    """A configuration on an empty database: an app with credentials and one without."""
    assert not database.dbsize()
    write_configuration(tmp_path / "config.toml", redis_server.url, {}, app=credentials(tmp_path))
    add_other_apps(tmp_path / "config.toml")
    return tmp_path / "config.toml"


def minted(config: Path, *arguments: str) -> str:
    """Return the token that the command prints: it alone, on one line."""
    done = offline_push("token", "--config", config, "--app", APPKEY, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = done.stdout.splitlines()
    return line


def status(folder: Path, server: EmbeddedServer, text: str, path: str = "/org/app/users/nobody/token") -> int:
    """Return what the API thinks of a token: 200 of an app's, 403 of a user's, 401 of none."""
    return answered(folder, server.url, "DELETE", path, headers=bearer(text)).status_code


def test_the_api_takes_them(config: Path, redis_server: EmbeddedServer) -> None:
    """Without --user it is an app token, with it the user's, JID or not."""
    assert status(config.parent, redis_server, minted(config)) == 200
    assert status(config.parent, redis_server, minted(config, "--user", "org#app_Bob@easemob.com")) == 403


def test_it_needs_no_redis(tmp_path: Path) -> None:
    """A token is made of the configuration alone."""
    write_configuration(tmp_path / "config.toml", "redis://127.0.0.1:1/0", {}, app=credentials(tmp_path))
    assert minted(tmp_path / "config.toml", "--ttl", "5").count(".") == 2


def test_revoking_a_user(config: Path, redis_server: EmbeddedServer) -> None:
    """What that user had is ended, and not the app's; what is made afterwards is good."""
    app, before = minted(config), minted(config, "--user", "bob")
    done = offline_push("token", "--config", config, "--app", APPKEY, "--user", "Bob", "--revoke")
    assert (done.returncode, done.stdout) == (0, "revoked: what was given until now to bob\n")
    after = minted(config, "--user", "bob")
    assert [status(config.parent, redis_server, text) for text in (app, before, after)] == [200, 401, 403]


def test_revoking_an_app(config: Path, redis_server: EmbeddedServer) -> None:
    """Without a user it ends the app's tokens and all its users'."""
    before = [minted(config), minted(config, "--user", "bob")]
    done = offline_push("token", "--config", config, "--app", APPKEY, "--revoke")
    assert (done.returncode, done.stdout) == (0, "revoked: what was given until now to org#app and its users\n")
    assert [status(config.parent, redis_server, text) for text in [*before, minted(config)]] == [401, 401, 200]


def test_mistakes_are_one_line(config: Path) -> None:
    """An app that is not there, one without a secret, a secret that is not there or too short: status 2."""
    command = ["token", "--config", str(config), "--app"]
    refused(offline_push(*command, "org#nothing"), 'apps."org#nothing"', "not in the configuration")
    refused(offline_push(*command, "org#nothing", "--revoke"), 'apps."org#nothing"', "not in the configuration")
    refused(offline_push(*command, "org#bare"), 'apps."org#bare".client_secret_file', "not set")
    (config.parent / "client-secret").write_text("short")
    refused(offline_push(*command, APPKEY), "client-secret", "16")
    (config.parent / "client-secret").unlink()
    refused(offline_push(*command, APPKEY), "client-secret", "file not found")
    assert offline_push(*command, OTHER_APPKEY).returncode == 0


def test_others_say_so_too(config: Path) -> None:
    """The API does not start with a secret that can be guessed, and doctor finds it."""
    (config.parent / "client-secret").write_text("short")
    refused(offline_push("api", "--port", "0", "--config", config), "client-secret", "16")
    done = offline_push("doctor", "--config", config)
    assert done.returncode == 1
    assert any("credentials" in line and "client-secret" in line for line in done.stdout.splitlines())


@pytest.mark.parametrize(
    "arguments", [["--user", ""], ["--user", "a\nb"], ["--ttl", "0"], ["--ttl", "31536001"], ["--ttl", "5", "--revoke"]]
)
def test_bad_usage(config: Path, arguments: list[str]) -> None:
    """Status 2, the option's name, and no token."""
    done = offline_push("token", "--config", config, "--app", APPKEY, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert arguments[0] in done.stderr
    assert SECRET not in done.stderr
