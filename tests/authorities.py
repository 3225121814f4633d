"""Whom the machine trusts, as the tests' programs see it: a single authority, of which nobody has a certificate.

The machine's own are a hundred and more, and take a core 30 ms for each client of TLS; a worker has one for each
vendor. No test meets a server that they know. The long forms start their programs as users do.
"""

import os
import tempfile
from pathlib import Path

import pytest
import trustme

#: Where OpenSSL and rustls find the file. https://docs.openssl.org/3.0/man3/SSL_CTX_load_verify_locations/
_VARIABLE = "SSL_CERT_FILE"


def pytest_configure(config: pytest.Config) -> None:
    """Let every program of the run trust the one alone, and this process, too."""
    if config.getoption("--long"):
        return
    folder = tempfile.TemporaryDirectory(prefix="authorities-")
    config.add_cleanup(folder.cleanup)
    path = Path(folder.name) / "store.pem"
    trustme.CA().cert_pem.write_to_path(path)
    os.environ[_VARIABLE] = str(path)
