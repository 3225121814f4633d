"""What OpenAPI says of answers is true of each route, and of no route more than it answers."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from tests.integration.api.push.client import Caller, user_caller
from tests.integration.deployment import fresh
from tests.unit.test_api_readme import served_routes

_NAME = fresh("greeting")
_PATTERNS = {"title_pattern": "{0}", "content_pattern": "{$msg}"}
_BINDING = {"device_id": "d", "device_token": "t", "notifier_name": "n"}
_QUIET = {
    "notification_no_disturbing": True,
    "notification_no_disturbing_start": 1,
    "notification_no_disturbing_end": 2,
}
_USER = "/users/{user}"
_NOTIFICATION = f"{_USER}/notification"
#: Request as the table of routes has it -> path and body of one whose answer holds all that it can.
REQUESTS: Mapping[str, tuple[str, Any]] = {
    f"PUT {_USER}": (_USER, {"nickname": "B", "notification_display_style": 1, **_QUIET, **_BINDING}),
    f"PUT {_NOTIFICATION}/{{kind}}/{{key}}": (
        f"{_NOTIFICATION}/user/alice",
        {"type": "NONE", "ignoreInterval": "1:0-2:0", "ignoreDuration": 60_000},
    ),
    f"GET {_NOTIFICATION}/{{kind}}/{{key}}": (f"{_NOTIFICATION}/user/alice", None),
    f"GET {_NOTIFICATION}": (f"{_NOTIFICATION}?user=alice", None),
    f"GET {_NOTIFICATION}/mute/type": (f"{_NOTIFICATION}/mute/type", None),
    f"PUT {_NOTIFICATION}/language": (f"{_NOTIFICATION}/language", {"translationLanguage": "en"}),
    f"GET {_NOTIFICATION}/language": (f"{_NOTIFICATION}/language", None),
    f"PUT {_NOTIFICATION}/template": (f"{_NOTIFICATION}/template", {"templateName": _NAME}),
    f"GET {_NOTIFICATION}/template": (f"{_NOTIFICATION}/template", None),
    f"GET {_USER}": (_USER, None),
    "PUT /push/nickname": ("/push/nickname", [{"username": "{user}", "push_nickname": "B"}]),
    f"PUT {_USER}/push/binding": (f"{_USER}/push/binding", _BINDING),
    f"GET {_USER}/push/binding": (f"{_USER}/push/binding", None),
    "POST /notification/template": ("/notification/template", {"name": _NAME, **_PATTERNS}),
    "PUT /notification/template/{name}": (f"/notification/template/{_NAME}", _PATTERNS),
    "GET /notification/template/{name}": (f"/notification/template/{_NAME}", None),
    "DELETE /notification/template/{name}": (f"/notification/template/{_NAME}", None),
    f"GET {_USER}/offline_msg_count": (f"{_USER}/offline_msg_count", None),
    f"GET {_USER}/status": (f"{_USER}/status", None),
    "POST /users/batch/status": ("/users/batch/status", {"usernames": ["bob"]}),
    f"GET {_USER}/resources": (f"{_USER}/resources", None),
    "POST /presence": ("/presence", [{"user": "alice", "resource": "r", "state": "offline"}]),
    "GET /push/data/offline-push/begin/{begin}/end/{end}": (
        "/push/data/offline-push/begin/2025-01-01/end/2025-01-02",
        None,
    ),
}


@pytest.fixture(scope="module")
def user() -> str:
    """One user for all requests."""
    return fresh("bob")


@pytest.mark.parametrize("request_line", REQUESTS)
def test_an_answer_is_as_described(server: Caller, user: str, request_line: str) -> None:
    """Each member has the type described, and none is there that is not described."""
    route, token = served_routes()[request_line]
    path, body = REQUESTS[request_line]
    caller = user_caller(server, user) if token == "own" else server
    answer = caller.done(request_line.split(maxsplit=1)[0], path.replace("{user}", user), body)
    model: type[BaseModel] = route.responses[200]["model"]
    model.model_validate(answer, strict=True, extra="forbid")


def test_every_route_is_asked() -> None:
    """No route is left out above."""
    assert set(REQUESTS) == set(served_routes())
