"""nginx, whose HTTP/2 owes nothing to ours, sending us away after every hundred requests."""

import asyncio
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from providers.transport import Answer, Transport
from tests.contract.conftest import LOOPS
from tests.integration.eventually import eventually
from tests.ports import own_port

REQUESTS, IN_FLIGHT, EACH = 3000, 60, 100

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1000; }}
http {{
  log_format asked '$request_uri $status';
  access_log {folder}/asked.log asked;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {folder}/server.pem;
    ssl_certificate_key {folder}/server.pem;
    keepalive_requests {each};
    location / {{ return 200 "{{}}"; }}
    location /gone {{ return 410 '{{"reason":"Unregistered"}}'; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Nginx:
    """Where it is, whom to trust, and what it was asked."""

    origin: str
    ca_file: str
    log: Path

    def asked(self, count: int) -> Counter[str]:
        """Return how often each path was asked for, once there are so many."""
        eventually(lambda: len(self.log.read_text().splitlines()), lambda lines: lines >= count)
        return Counter(line.split()[0] for line in self.log.read_text().splitlines())


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """Run nginx."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    ca, port = trustme.CA(), own_port()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    ca.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    (tmp_path / "nginx.conf").write_text(CONFIGURATION.format(folder=tmp_path, port=port, each=EACH))
    command = ["nginx", "-p", str(tmp_path), "-c", "nginx.conf"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            eventually((tmp_path / "nginx.pid").exists, bool)
            yield Nginx(f"https://127.0.0.1:{port}", str(tmp_path / "ca.pem"), tmp_path / "asked.log")
        finally:
            server.terminate()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_server_that_keeps_sending_us_away(nginx: Nginx, loop: str) -> None:
    """With GOAWAY after every hundredth request each request is still answered, and asked exactly once."""
    numbers = iter(range(REQUESTS))

    async def lane(wire: Transport) -> None:
        for number in numbers:
            path = f"/gone/{number}" if number % 3 == 0 else f"/3/device/{number}"
            status, body = (410, b'{"reason":"Unregistered"}') if number % 3 == 0 else (200, b"{}")
            headers = [("apns-topic", "com.example"), ("apns-id", f"{number:036}")]
            outcome = await wire.post(path, headers, b"x" * (number % 5000), 20.0)
            assert isinstance(outcome, Answer), outcome
            assert (outcome.status, outcome.body) == (status, body)

    async def scenario() -> None:
        async with aclosing(Transport(nginx.origin, ca_file=nginx.ca_file)) as wire, asyncio.TaskGroup() as lanes:
            for _ in range(IN_FLIGHT):
                lanes.create_task(lane(wire))

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(scenario())
    asked = nginx.asked(REQUESTS)
    assert (len(asked), set(asked.values())) == (REQUESTS, {1})
