"""nghttpd, the reference server of nghttp2, as a vendor that knows nothing of push: what our adapters make of it."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
import trustme

from providers.apns import Apns
from providers.base import Provider
from providers.notification import Notification
from providers.result import Accepted, Result, Retryable
from providers.transport import Transport
from tests.integration.eventually import eventually
from tests.ports import own_port

ID = "0a1b2c3d-0000-4000-8000-000000000002"


@pytest.fixture
def origin(tmp_path: Path) -> Iterator[str]:
    """Run nghttpd with one page, at the address of the device ``ab61``; write the authority to ``ca.pem``."""
    if shutil.which("nghttpd") is None:
        pytest.skip("nghttpd is not installed")
    (tmp_path / "3" / "device").mkdir(parents=True)
    (tmp_path / "3" / "device" / "ab61").write_text("a page")
    port = own_port()
    with subprocess.Popen(command(tmp_path, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            eventually(lambda: answers(port), bool)
            yield f"https://127.0.0.1:{port}"
        finally:
            server.terminate()


def command(folder: Path, port: int) -> list[str]:
    """Return the command line, its certificate and key written."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    leaf = ca.issue_cert("127.0.0.1")
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    leaf.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    files = [str(folder / "key.pem"), str(folder / "cert.pem")]
    return ["nghttpd", "--address=127.0.0.1", f"--htdocs={folder}", str(port), *files]


def answers(port: int) -> bool:
    """Return whether somebody listens."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


async def send(provider: Provider, *tokens: str) -> list[Result]:
    """Send to all tokens at once, and close."""
    pushes = [Notification(token=token, id=ID, body="hello") for token in tokens]
    async with aclosing(provider):
        return await asyncio.gather(*(provider.send(push, 20) for push in pushes))


def test_its_answers_are_judged(origin: str, tmp_path: Path) -> None:
    """A 200 is an acceptance whatever its body; a 404 with a page retires no token, and no word of it is repeated."""

    async def scenario() -> list[Result]:
        transport = Transport(origin, ca_file=str(tmp_path / "ca.pem"))
        return await send(Apns(transport, "com.example.app", None), *["ab61", "ab62"] * 100)

    results = asyncio.run(scenario())
    page = Retryable("unexpected_answer", detail="status 404 without a documented reason")
    assert results == [Accepted(ID), page] * 100
