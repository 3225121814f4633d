"""What the API refuses, and how it says so."""

import json
from typing import Any

import pytest

from tests.integration.api.api_process import PATH, Api, callback_id, v1
from tests.integration.configuration import APNS, HUAWEI

STATUS = v1("m", "t", "r", 0)


def without(name: str) -> dict[str, Any]:
    """Return a status that lacks a member."""
    return {key: value for key, value in STATUS.items() if key != name}


#: Body -> a word of the fault's path.
MALFORMED: dict[str, tuple[Any, str]] = {
    "no list": ({}, "statuses"),
    "not a list": ({"statuses": {}}, "statuses"),
    "no object": ({"statuses": ["secret-text"]}, "statuses.0"),
    "no token": ({"statuses": [without("token")]}, "statuses.0.token"),
    "no request id": ({"statuses": [STATUS, without("requestId")]}, "statuses.1.requestId"),
    "a number for a text": ({"statuses": [STATUS | {"token": 5}]}, "statuses.0.token"),
    "a text for a number": ({"statuses": [STATUS | {"status": "secret-text"}]}, "statuses.0.status"),
    "a flag for a number": ({"statuses": [STATUS | {"status": True}]}, "statuses.0.status"),
    "a negative status": ({"statuses": [STATUS | {"status": -1}]}, "statuses.0.status"),
    "a delivery without its result": ({"statuses": [STATUS | {"deliveryStatus": {}}]}, "deliveryStatus.result"),
    "too many": ({"statuses": [STATUS] * 1001}, "statuses"),
}


@pytest.mark.parametrize(("body", "path"), MALFORMED.values(), ids=list(MALFORMED))
def test_a_malformed_body_is_named(api: Api, body: Any, path: str) -> None:
    """400 in Huawei's shape, with the path of the fault and never with what was sent."""
    answer = api.send(json.dumps(body).encode())
    said = answer.json()
    assert (answer.status_code, said["errno"], said["code"]) == (400, 400, "400")
    assert path in said["errmsg"]
    assert "secret-text" not in answer.text


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"\xff\xfe", b'{"statuses":' + b"[" * 100_000, b'{"statuses":[{"token":"\\ud800"}]}'],
    ids=["nothing", "half", "null", "no text", "deep", "half a character"],
)
def test_no_json_is_malformed(api: Api, content: bytes) -> None:
    """400 for whatever is not the JSON we know, and the next request is served."""
    answer = api.send(content)
    assert (answer.status_code, answer.json()["errno"]) == (400, 400)
    assert api.post(STATUS).status_code == 200


@pytest.mark.parametrize("member", ["biTag", "requestId", "token"])
def test_half_a_character_is_malformed(api: Api, member: str) -> None:
    """A lone surrogate, which no text holds, is the caller's fault and not ours."""
    assert api.post(STATUS | {member: "\ud800"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        PATH.replace("org", "other"),
        PATH.replace("app", "other"),
        PATH.replace(HUAWEI, "other"),
        PATH.replace(HUAWEI, APNS),
        PATH + "/",
        "/huawei/receipts/",
    ],
)
def test_an_unknown_channel(api: Api, path: str) -> None:
    """404 in Huawei's shape for a channel that is not configured or is not Huawei's."""
    answer = api.client.post(path, json={"statuses": []}, headers={"X-HUAWEI-CALLBACK-ID": callback_id()})
    assert (answer.status_code, answer.json()["errno"]) == (404, 404)


def test_a_body_beyond_the_limit(api: Api) -> None:
    """A body above 1 MiB is refused in Huawei's shape; one below is read."""
    room = 1_048_576 - len(json.dumps({"statuses": [STATUS | {"x": ""}]}))
    assert api.post(STATUS | {"x": "x" * room}).status_code == 200
    answer = api.post(STATUS | {"x": "x" * (room + 1)})
    assert (answer.status_code, answer.json()["errno"]) == (413, 413)


@pytest.mark.parametrize("path", ["/", "/nothing", "/nothing/here"])
def test_an_unknown_path(api: Api, path: str) -> None:
    """404 as JSON."""
    answer = api.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json() == {"error": "Not Found"}


def test_another_method(api: Api) -> None:
    """405 names the method that is there."""
    answer = api.client.get(PATH)
    assert (answer.status_code, answer.headers["allow"], answer.json()["errno"]) == (405, "POST", 405)


def test_the_description_is_true(api: Api) -> None:
    """OpenAPI names the routes, the header, both versions' members and no refusal that never comes."""
    described = api.client.get("/openapi.json").json()
    operation = described["paths"]["/huawei/receipts/{org}/{app}/{notifier}"]["post"]
    status = described["components"]["schemas"]["Status"]["properties"]
    assert {each["name"] for each in operation["parameters"]} == {"org", "app", "notifier", "X-HUAWEI-CALLBACK-ID"}
    assert set(operation["responses"]) == {"200", "4XX", "503"}
    assert {"token", "requestId", "biTag", "status", "deliveryStatus"} == set(status)
    assert {"/healthz", "/readyz", "/metrics"} < set(described["paths"])
    assert api.client.get("/docs").status_code == 200
