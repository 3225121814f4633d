"""What ends a stream or a connection. https://www.rfc-editor.org/rfc/rfc9113#section-7."""

from enum import IntEnum


class Code(IntEnum):
    """Error codes of RST_STREAM and GOAWAY."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    INTERNAL_ERROR = 2
    FLOW_CONTROL_ERROR = 3
    SETTINGS_TIMEOUT = 4
    STREAM_CLOSED = 5
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    CANCEL = 8
    COMPRESSION_ERROR = 9
    CONNECT_ERROR = 10
    ENHANCE_YOUR_CALM = 11
    INADEQUATE_SECURITY = 12
    HTTP_1_1_REQUIRED = 13


class ProtocolError(Exception):
    """The server broke the protocol in a way that ends the connection: the code for GOAWAY, and why."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def name_of(code: int) -> str:
    """Return the name of an error code; an unknown one's number."""
    try:
        return Code(code).name
    except ValueError:
        return f"error {code}"
