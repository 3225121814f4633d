"""Whose word about a caller's address is believed."""

from pathlib import Path

import redis

from tests.integration.api.api_process import running_api
from tests.integration.api.callers import CLIENT_ID, credentials
from tests.integration.configuration import write_configuration
from worker.embedded import EmbeddedServer
from worker.processes import Children


def test_a_stranger_cannot_choose_its_address(
    tmp_path: Path, redis_server: EmbeddedServer, database: redis.Redis, session_children: Children
) -> None:
    """From whoever is no trusted proxy the header means nothing: its guesses are those of the one address it has."""
    path = tmp_path / "config.toml"
    write_configuration(path, redis_server.url, {}, app=credentials(tmp_path))
    with path.open("a") as file:
        file.write('[api]\ntrusted_proxies = ["192.0.2.0/24"]\n')
    guess = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": "a-guess"}
    with running_api(session_children, path, tmp_path / "log") as api:
        for number in range(21):
            headers = {"x-forwarded-for": f"198.51.100.{number}"}
            status = api.client.post("/org/app/token", json=guess, headers=headers).status_code
            assert status == (401 if number < 20 else 429)
    assert database.keys("push:{p0}:attempts:*") == [b"push:{p0}:attempts:org#app:127.0.0.1"]
    assert '"address": "127.0.0.1"' in (tmp_path / "log").read_text()
