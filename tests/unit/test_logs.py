"""What log lines look like, and what never gets into them."""

import io
import json
import logging
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from providers.notification import Notification, fingerprint
from worker.logs import configure_logs
from worker.redaction import redact

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0.c2lnbmF0dXJl"
PEM = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqG\n-----END PRIVATE KEY-----"


@dataclass(frozen=True)
class Envelope:
    """A record with a confidential field."""

    text: str
    size: int


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return the JSON lines written so far."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_json_line(stream: io.StringIO) -> None:
    """Off a terminal a record is one JSON line with time, level, logger and the caller's members."""
    configure_logs(stream=stream)
    structlog.get_logger("lane").info("sent", msg_id="1", devices=[{"n": 1}], name="你好")
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "sent",
        "level": "info",
        "logger": "lane",
        "msg_id": "1",
        "devices": [{"n": 1}],
        "name": "你好",
    }


def test_library_line(stream: io.StringIO) -> None:
    """Celery's and redis-py's lines come out in the same form, redacted too."""
    configure_logs(stream=stream)
    logging.getLogger("celery.worker").warning("lost %s at %s", 1, "redis://:hunter2@h/0", extra={"token": "abc"})
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == (
        "lost 1 at redis://:[redacted]@h/0",
        "warning",
        "celery.worker",
    )
    assert "abc" not in stream.getvalue()


def test_columns(stream: io.StringIO) -> None:
    """On a terminal a record is a line of columns."""
    configure_logs(stream=stream, columns=True)
    structlog.get_logger().info("sent", token="abc")
    assert "sent" in stream.getvalue()
    assert "abc" not in stream.getvalue()
    assert not stream.getvalue().startswith("{")


@pytest.mark.parametrize("columns", [False, True])
def test_exceptions(stream: io.StringIO, *, columns: bool) -> None:
    """A traceback is shown without local variables and without secrets its message quotes."""
    configure_logs(stream=stream, columns=columns)
    local = "local-value"
    try:
        int(f"refused {JWT}")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("celery").exception("failed too")
    assert stream.getvalue().count(": 'refused [redacted]'") == 2
    assert local not in stream.getvalue()


def test_level(stream: io.StringIO) -> None:
    """Records below the level are dropped, and so are chatty libraries' records below WARNING."""
    configure_logs("debug", stream=stream)
    structlog.get_logger().debug("shown")
    logging.getLogger("httpx").info("POST /3/device/abc")
    configure_logs("WARNING", stream=stream)
    structlog.get_logger().info("hidden")
    assert [line["event"] for line in lines(stream)] == ["shown"]


def test_unknown_level(stream: io.StringIO) -> None:
    """A level that does not exist is refused."""
    with pytest.raises(ValueError, match="CHATTY"):
        configure_logs("chatty", stream=stream)


def test_context(stream: io.StringIO) -> None:
    """What is bound to the context is on each line."""
    configure_logs(stream=stream)
    with structlog.contextvars.bound_contextvars(msg_id="7"):
        structlog.get_logger().info("sent")
    assert lines(stream)[0]["msg_id"] == "7"


@pytest.mark.parametrize(
    "name",
    [
        *("token", "device_token", "authorization", "secret", "key", "password", "body", "title", "text", "payload"),
        *("Authorization", "DEVICE-TOKEN", "access_token", "client_secret"),
    ],
)
@pytest.mark.parametrize("value", ["hunter2", {"inner": "hunter2"}, ["hunter2"], b"hunter2", 42])
def test_confidential_names(name: str, value: object) -> None:
    """Whatever a confidential key holds is not shown, at any depth."""
    assert redact(None, "", {"event": "e", name: value}) == {"event": "e", name: "[redacted]"}
    assert redact(None, "", {"a": [{"b": {name: value}}]}) == {"a": [{"b": {name: "[redacted]"}}]}


@pytest.mark.parametrize("name", ["appkey", "key_id", "token_count", "collapse_key", "subtitle", "event"])
def test_other_names(name: str) -> None:
    """Keys that only resemble confidential ones are shown."""
    assert redact(None, "", {name: "value"}) == {name: "value"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer abc.def-123456", "Bearer [redacted]"),
        ("{'authorization': 'bearer 0123456789abcdef'}", "{'authorization': 'bearer [redacted]'}"),
        (f"token {JWT} refused", "token [redacted] refused"),
        (f"key:\n{PEM}\nend", "key:\n[redacted]\nend"),
        (PEM[:40], "[redacted]"),
        ("rediss://user:p@h:1/0", "rediss://user:[redacted]@h:1/0"),
        ("POST /3/device/00fc13adff78 503", "POST /3/device/[redacted] 503"),
        ("the bearer of 10.0.0.1", "the bearer of 10.0.0.1"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
    ],
)
def test_confidential_looks(text: str, shown: str) -> None:
    """Credentials are recognised by their look in any value, and the rest of the text stays."""
    assert redact(None, "", {"event": text, "error": ValueError(text).args, "nested": {"a": [text]}}) == {
        "event": shown,
        "error": [shown],
        "nested": {"a": [shown]},
    }


def test_records() -> None:
    """Structs and dataclasses are judged by their fields, other objects by what they look like."""
    notification = Notification(token="abc", id="1", title="Hello", body="World", badge=3)
    event = redact(None, "", {"n": notification, "e": Envelope("Hello", 5), "x": ValueError(JWT), "b": b"abc"})
    assert event["n"] | {"token": 0} == event["n"] | {"token": 0, "title": "[redacted]", "body": "[redacted]"}
    assert event["n"]["token"] == "[redacted]"
    assert event["n"]["badge"] == 3
    assert event["e"] == {"text": "[redacted]", "size": 5}
    assert event["x"] == "ValueError('[redacted]')"
    assert event["b"] == "[3 bytes]"


def test_fingerprint() -> None:
    """A fingerprint is the same for the same token and does not contain it."""
    assert fingerprint("abc") == fingerprint("abc") == "ba7816bf8f01"
    assert fingerprint("abd") != fingerprint("abc")
