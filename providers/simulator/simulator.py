"""All fake vendors in one place: each on its own TLS port, one ledger, one control API."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType, TracebackType
from typing import Any, Self

from providers.simulator.control import Control
from providers.simulator.ledger import Ledger
from providers.simulator.profile import PROFILES, Profile
from providers.simulator.server import Server
from providers.simulator.service import Service
from providers.simulator.tls import Authority
from providers.simulator.vendors import Kind, service


class Simulator:
    """Fake vendors on real sockets. It lives on the loop that starts it; it has no threads and handles no signals.

    Args:
        data_dir: where the authority's certificate and the clients' credentials are written anew at each start;
            a temporary directory when left out.
        host: the address to listen on.
        ports: vendor -> port; a vendor left out gets one from the system.
        control_port: the control API's port; 0 lets the system choose.
        kinds: the vendors to play; those of the profile when left out.
        profile: ``plain`` or ``hard``.
        seed: what the dice of ``hard`` are thrown from; the same seed and requests meet the same faults.
        names: host names by which others reach this machine. All are in the certificate; the first is in the
            endpoints, which otherwise say ``localhost``.
        keep_payloads: False keeps no payloads in the ledger.

    Raises:
        ValueError: there is no such profile, or a name is no host name.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        host: str = "127.0.0.1",
        ports: Mapping[str, int] = MappingProxyType({}),
        control_port: int = 0,
        kinds: Mapping[str, Kind] | None = None,
        profile: str = "plain",
        seed: int = 0,
        names: Sequence[str] = (),
        keep_payloads: bool = True,
    ) -> None:
        chosen = _profile(profile)
        self._kinds = chosen.kinds if kinds is None else kinds
        self.ledger = Ledger(keep_payloads=keep_payloads)
        self.authority = Authority(*names)
        self.vendors = {name: kind.make(self.ledger) for name, kind in self._kinds.items()}
        #: Vendor -> what befalls it, and the counts of it.
        self.injectors = {name: chosen.injector(name, self.ledger, seed) for name in self._kinds}
        #: Vendor -> ``https://<first name>:<port>``; empty until started.
        self.endpoints: dict[str, str] = {}
        #: Vendor -> paths and ids of ready-made credentials; empty until started.
        self.credentials: dict[str, dict[str, str]] = {}
        self._data_dir, self._host, self._ports, self._control_port = data_dir, host, ports, control_port
        self._name, self._control_name = (names[0], names[0]) if names else ("localhost", "127.0.0.1")
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Listen on every port and write the certificate and the credentials.

        Raises:
            OSError: a port is taken, or the directory cannot be written; nothing is left running.
        """
        async with AsyncExitStack() as starting:
            directory = self._directory(starting)
            self.ca_file = directory / "ca.pem"
            self.authority.write_ca(self.ca_file)
            for name in self._kinds:
                await self._start_vendor(name, directory, starting)
            control = Service(Control(self.ledger, self.vendors, self.injectors), ("http/1.1",))
            port = await self._listen(Server(control), self._control_port, starting)
            self.control_url = f"http://{self._control_name}:{port}"
            self._running = starting.pop_all()

    async def stop(self) -> None:
        """Cut every connection, free the ports, and remove a temporary directory."""
        await self._running.aclose()

    def ready(self) -> dict[str, Any]:
        """Return where everything is, as plain data for JSON."""
        return {
            "endpoints": self.endpoints,
            "ca_file": str(self.ca_file),
            "control": self.control_url,
            "credentials": self.credentials,
        }

    def _directory(self, starting: AsyncExitStack) -> Path:
        if self._data_dir is None:
            return Path(starting.enter_context(TemporaryDirectory(prefix="push-simulator-")))
        self._data_dir.mkdir(parents=True, exist_ok=True)
        return self._data_dir.resolve()

    async def _start_vendor(self, name: str, directory: Path, starting: AsyncExitStack) -> None:
        kind, vendor = self._kinds[name], self.vendors[name]
        context = self.authority.context(kind.protocols, client_certificates=kind.client_certificates)
        server = Server(service(vendor, kind, self.injectors[name]), context)
        port = await self._listen(server, self._ports.get(name, 0), starting)
        self.endpoints[name] = f"https://{self._name}:{port}"
        self.credentials[name] = vendor.write_credentials(directory, self.endpoints[name])

    async def _listen(self, server: Server, port: int, starting: AsyncExitStack) -> int:
        await server.start(self._host, port)
        starting.push_async_callback(server.stop)
        return server.port


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}")
    return PROFILES[name]
