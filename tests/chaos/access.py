"""How a server under test wants to be spoken to: openly, or with a password over TLS."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import trustme


@dataclass(frozen=True, slots=True)
class Access:
    """A password, and the files of a certificate authority with one certificate for all servers; none by default."""

    password: str = ""
    folder: Path | None = None

    @classmethod
    def secured(cls, folder: Path, password: str) -> Self:
        """Return an access with a password and TLS; the files are written into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", "127.0.0.1")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        return cls(password, folder)

    @property
    def query(self) -> str:
        """What a URL says behind its question mark."""
        return f"?ssl_ca_certs={self.folder / 'ca.pem'}" if self.folder else ""

    def url(self, address: str) -> str:
        """Return the URL of a server, database 0."""
        login = f":{self.password}@" if self.password else ""
        return f"{'rediss' if self.folder else 'redis'}://{login}{address}/0{self.query}"

    def client_options(self) -> dict[str, Any]:
        """Return the options of a client."""
        tls = {"ssl": True, "ssl_ca_certs": str(self.folder / "ca.pem")} if self.folder else {}
        return {"password": self.password or None} | tls

    def port_options(self, port: int) -> dict[str, str]:
        """Return the server's options about its port."""
        if self.folder is None:
            return {"port": str(port)}
        pem, authority = str(self.folder / "server.pem"), str(self.folder / "ca.pem")
        files = {"tls_cert_file": pem, "tls_key_file": pem, "tls_ca_cert_file": authority}
        return {"port": "0", "tls_port": str(port), "tls_auth_clients": "no", "tls_replication": "yes"} | files

    def server_options(self) -> dict[str, str]:
        """Return the options of a server that replicates others of its kind."""
        return {"requirepass": self.password, "masterauth": self.password} if self.password else {}
