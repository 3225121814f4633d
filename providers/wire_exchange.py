"""One request on the wire: what came back, and over which protocol."""

from collections.abc import Mapping
from typing import Final

from pyreqwest.exceptions import PyreqwestError
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from providers.wire_errors import classify
from providers.wire_outcome import Ambiguous, Answer, NotSent

_HEADERS_READ: Final = ("apns-id", "retry-after", "content-type")
_HTTP2: Final = "HTTP/2.0"


async def sent(request: StreamRequest) -> tuple[Answer | NotSent | Ambiguous, bool]:
    """Send once; return what became of it, and whether an answer came over HTTP/2."""
    status, is_http2 = 0, False
    headers: Mapping[str, str] = {}
    try:
        async with request as response:
            status, is_http2 = response.status, response.version == _HTTP2
            headers = _headers(response)
            return Answer(status, headers, bytes(await response.bytes())), is_http2
    except PyreqwestError as error:
        return Answer(status, headers, b"") if status else classify(error), is_http2


def _headers(response: Response) -> Mapping[str, str]:
    found = {}
    for name in _HEADERS_READ:
        try:
            value = response.get_header(name)
        except ValueError:  # not ASCII: as good as not sent
            continue
        if value is not None:
            found[name] = value
    return found
