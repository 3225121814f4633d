"""HTTP to programs on this machine, over plain connections.

httpx reads the machine's certificate authorities for each client that it makes, which takes a core 20 ms: more than
the answer does, and tests that wait for something ask for it fifty times a second.
"""

import ssl
from typing import Any

import httpx

#: For ``httpx.Client(verify=…)``: no authority at all, so that TLS would be refused.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def ask(method: str, url: str | httpx.URL, *, timeout: float, **options: Any) -> httpx.Response:
    """Send one request on a connection of its own, past any proxy; options are those of ``httpx.request``."""
    return httpx.request(method, url, timeout=timeout, verify=PLAIN, trust_env=False, **options)
