"""Pages of other origins: what their browsers are told, above all when something is refused."""

from pathlib import Path

import pytest
import redis

from tests.integration.api.api_process import PATH, Api
from tests.integration.api.callers import bearer, token
from tests.integration.api.in_process import answered
from worker.embedded import EmbeddedServer

PREFLIGHT = {
    "origin": "https://chat.example",
    "access-control-request-method": "PUT",
    "access-control-request-headers": "authorization,content-type",
}
FAULT = {"error", "exception", "timestamp", "duration", "error_description"}
TOKEN = "/org/app/token"


@pytest.mark.parametrize("path", ["/org/app/users/bob/notification/user/bob?resource=web_1", TOKEN, "/org/no/x", "/x"])
def test_a_preflight(api: Api, path: str) -> None:
    """Any path is answered without a token, so that the page gets to see what the call itself is answered."""
    answer = api.client.request("OPTIONS", path, headers=PREFLIGHT)
    allowed = {word.strip() for word in answer.headers["access-control-allow-methods"].split(",")}
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"GET", "PUT", "POST", "DELETE"} <= allowed
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    assert int(answer.headers["access-control-max-age"]) >= 600


def test_other_options(api: Api) -> None:
    """OPTIONS without the question of a browser is a method like another."""
    assert api.client.request("OPTIONS", TOKEN).status_code == 405


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/readyz", PATH])
def test_what_no_page_may_read(api: Api, path: str) -> None:
    """Metrics, probes and receipts are for machines: a page gets no leave, neither before nor after."""
    assert "access-control-allow-origin" not in api.client.request("OPTIONS", path, headers=PREFLIGHT).headers
    assert "access-control-allow-origin" not in api.client.get(path, headers=PREFLIGHT).headers


REFUSED = {
    "no app": ("DELETE", "/org/nothing/token", b"", 404),
    "no path": ("GET", "/org/app/nothing", b"", 404),
    "no method": ("PATCH", TOKEN, b"", 405),
    "no token": ("DELETE", TOKEN, b"", 401),
    "no JSON": ("POST", TOKEN, b"{", 400),
    "too much": ("POST", TOKEN, b" " * 1_048_577, 413),
}


@pytest.mark.parametrize(("method", "path", "content", "expected"), REFUSED.values(), ids=list(REFUSED))
def test_a_page_can_read_every_refusal(api: Api, method: str, path: str, content: bytes, expected: int) -> None:
    """In Easemob's JSON and with leave to read it: otherwise the SDK's promise never settles."""
    headers = {"origin": "null", "content-type": "application/json"}
    answer = api.client.request(method, path, content=content, headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (expected, "*")
    assert (answer.headers["content-type"], set(answer.json())) == ("application/json", FAULT)


def test_without_redis(tmp_path: Path) -> None:
    """503 in the same shape, and not in the words of a rate that is used up."""
    answer = answered(tmp_path, "redis://127.0.0.1:1/0", "DELETE", TOKEN, headers=bearer(token()))
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (503, "*")
    assert set(answer.json()) == FAULT
    assert "maximum limit" not in answer.text


def test_a_fault_of_ours(tmp_path: Path, redis_server: EmbeddedServer, database: redis.Redis) -> None:
    """500 in the same shape, without a word of what is wrong inside."""
    database.lpush("push:{p0}:rate:org#app:token", "not a number")
    answer = answered(tmp_path, redis_server.url, "DELETE", TOKEN, headers=bearer(token()))
    database.flushall()  # other modules' APIs are on the same server
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, "*")
    assert (set(answer.json()), answer.json()["error_description"]) == (FAULT, "internal error")


def test_an_app_that_is_not_here(api: Api) -> None:
    """Easemob's words, with the names of the path."""
    said = api.client.delete("/org/nothing/token").json()
    assert said["error"] == "organization_application_not_found"
    assert said["error_description"] == "Could not find application for org/nothing from URI: org/nothing/token"
