"""An API of one test's own, on a Redis server of its own: what happens there disturbs nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.compatibility.server import CLIENT_ID, CLIENT_SECRET, Server, app_server
from tests.integration.api.api_process import running_api
from tests.integration.configuration import write_configuration
from tests.integration.restartable_server import RestartableServer, running_server
from worker.processes import Children

KEYS = {"client_id": CLIENT_ID, "client_secret_file": "client-secret"}
#: An app that has not bought the advanced features.
PLAIN = f'[apps."org#plain"]\nadvanced = false\nclient_id = "{CLIENT_ID}"\nclient_secret_file = "client-secret"\n'
#: A rate that no test meets by chance.
UNBOUNDED = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A running API and what it keeps its state in."""

    api: str
    redis_server: RestartableServer
    #: The API's process.
    pid: int

    def server(self, app: str = "/org/app") -> Server:
        """Return the server of an app, with its token."""
        return app_server(self.api, app)


def add_apps(configuration: Path, rate_per_s: int = UNBOUNDED) -> None:
    """Add the secret, the second app and the rate to a configuration whose first app has ``KEYS``."""
    configuration.with_name("client-secret").write_text(f"{CLIENT_SECRET}\n")
    with configuration.open("a") as file:
        file.write(f"{PLAIN}[api]\nrate_per_s = {rate_per_s}\n")


@contextmanager
def running_place(children: Children, folder: Path, rate_per_s: int = UNBOUNDED) -> Iterator[Place]:
    """Run both for the length of the block."""
    path = folder / "config.toml"
    with running_server(children, folder / "redis") as redis_server:
        write_configuration(path, redis_server.url, {}, app=KEYS)
        add_apps(path, rate_per_s)
        with running_api(children, path, folder / "api.log") as running:
            yield Place(str(running.client.base_url).rstrip("/"), redis_server, running.process.pid)
