"""A fake Huawei that can be down, slow, talk nonsense, or work, on one port all the time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from providers.simulator.exchange import Reply, Request
from providers.simulator.huawei import TOKEN_PATH, Huawei
from providers.simulator.ledger import Entry, Ledger
from providers.simulator.server import Server
from providers.simulator.service import Service
from providers.simulator.tls import Authority
from tests.contract.loop_thread import LoopThread, loop_thread
from tests.integration.configuration import HUAWEI
from tests.ports import own_port

#: A test that forgot to let go ends all the same.
_LONGEST_HOLD_S = 60
_HTML = Reply(200, b"<html>Please log in to the wireless network</html>", (("content-type", "text/html"),))


class Outage:
    """One vendor on its own event loop."""

    def __init__(self, directory: Path, loop: LoopThread) -> None:
        """Choose the port and write the credentials; it is down at first."""
        self.ledger, self._loop, self._port = Ledger(), loop, own_port()
        self._vendor, self._authority = Huawei(self.ledger), Authority()
        self._ca_file, self._origin = directory / "ca.pem", f"https://localhost:{self._port}"
        self._authority.write_ca(self._ca_file)
        self._credentials = self._vendor.write_credentials(directory, self._origin)
        self._server: Server | None = None
        #: Answers every send with a web page.
        self.talks_nonsense = False
        self.nonsense = 0
        #: Cleared, it holds every answer back.
        self.answers = threading.Event()
        self.answers.set()

    @property
    def channel(self) -> dict[str, str]:
        """The channel's table in the configuration."""
        return {
            "notifier": HUAWEI,
            "provider": "huawei",
            "endpoint": self._origin,
            "ca_file": str(self._ca_file),
            "secret_file": self._credentials["secret_file"],
            "token_endpoint": self._credentials["token_url"],
        }

    def up(self) -> None:
        """Listen, if it does not yet."""
        if self._server is not None:
            return
        service = Service(self._answer, ("h2", "http/1.1"))
        self._server = Server(service, self._authority.context(service.protocols))
        self._loop.run(self._server.start("127.0.0.1", self._port))

    def down(self) -> None:
        """Refuse connections and cut those there are."""
        if self._server is not None:
            self._loop.run(self._server.stop())
        self._server = None

    def well(self) -> None:
        """Be what a test expects that comes after one that failed: listen, answer, and make sense."""
        self.answers.set()
        self.talks_nonsense = False
        self.up()

    def pushes_to(self, token: str) -> list[Entry]:
        """Return what was accepted or refused for a token."""
        return [entry for entry in self.ledger.entries() if entry.token == token]

    def _answer(self, request: Request) -> Reply:
        self.answers.wait(_LONGEST_HOLD_S)
        if self.talks_nonsense and not request.path.startswith(TOKEN_PATH):
            self.nonsense += 1
            return _HTML
        return self._vendor(request)


@contextmanager
def outage(directory: Path) -> Iterator[Outage]:
    """Give an endpoint that is down."""
    with loop_thread() as loop:
        vendor = Outage(directory, loop)
        yield vendor
        vendor.answers.set()
        vendor.down()
