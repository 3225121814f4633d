"""Whatever is sent to a route, the answer is one that is described, and the next caller is served."""

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.api.push.client import Caller, user_caller
from tests.integration.deployment import fresh
from tests.unit.test_api_readme import served_routes

#: What a caller may be told who has the right token; never 5xx, never what the SDK cannot read.
TOLD = {200, 400, 403, 404, 409, 413}
MEMBERS = (
    "type ignoreInterval ignoreDuration nickname push_nickname username usernames user state resource lease_s",
    "timestamp title_pattern content_pattern name templateName translationLanguage device_id device_token",
    "notifier_name notification_no_disturbing notification_no_disturbing_start entities notification_ignore_1",
    "ALL 8:00-9:00 online org#app_",
)
WORDS = st.sampled_from([*" ".join(MEMBERS).split(), "", "\x00", "\ud800", "你", "x" * 5000])
NUMBERS = st.integers() | st.floats() | st.sampled_from([0, -1, 1e308, 10**30, float("nan"), float("inf")])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS, inner, max_size=8),
    max_leaves=20,
)
#: The client itself takes "." and ".." for other paths.
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda text: text.strip("."))
SEGMENTS = IDS.map(lambda text: quote(text, safe=""))
ROUTES = sorted(served_routes().items(), key=lambda pair: pair[0])


@pytest.fixture(scope="module")
def callers(server: Caller) -> dict[str, Caller]:
    """Who may call which route."""
    user = user_caller(server, fresh("hostile"))
    return {"app": server, "user": user, "own": user}


def url_of(request_line: str, user: str, segments: list[str], query: str) -> str:
    """Return the path of a route with segments of the caller's choice."""
    path = request_line.split(maxsplit=1)[1].replace("{user}", user).replace("{kind}", "chatgroup")
    for name in ("{key}", "{name}", "{begin}", "{end}"):
        path = path.replace(name, segments.pop())
    return f"{path}?{query}"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(ROUTES),
    VALUES,
    st.lists(SEGMENTS, min_size=4, max_size=4),
    st.text("abc019=&,%+/?#\x7f-_:é", max_size=30).map(lambda text: quote(text, safe="=&,+%/")),
)
def test_no_request_is_a_fault_of_ours(
    callers: dict[str, Caller], route: Any, body: Any, segments: list[str], query: str
) -> None:
    """Any JSON at any route, with any id and any query."""
    request_line, (_, token) = route
    caller, method = callers[token], request_line.split(maxsplit=1)[0]
    answer = caller.ask(method, url_of(request_line, caller.user, segments, query), body)
    assert answer.status_code in TOLD, (answer.status_code, answer.text)
    assert isinstance(answer.json(), dict)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(ROUTES), st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()[:-1]))
def test_what_is_no_json(callers: dict[str, Caller], route: Any, content: bytes) -> None:
    """Any bytes at any route that reads a body."""
    request_line, (_, token) = route
    caller, method = callers[token], request_line.split(maxsplit=1)[0]
    path = url_of(request_line, caller.user, ["a", "b", "c", "d"], "")
    headers = {"authorization": f"Bearer {caller.token}", "content-type": "application/json"}
    answer: httpx.Response = caller.client.request(method, f"{caller.app}{path}", content=content, headers=headers)
    assert answer.status_code in TOLD, (answer.status_code, answer.text)
    assert isinstance(answer.json(), dict)
