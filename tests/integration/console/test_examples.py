"""The examples of /docs, asked as they stand there: each is a request that works."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.api_process import Api
from tests.integration.api.callers import CLIENT_ID, SECRET, bearer, token
from tests.integration.console.console import account
from tests.integration.deployment import Deployment
from tests.integration.eventually import eventually
from tests.integration.vendors import Vendors
from worker.api.docs import examples_of

#: What stands in a path.
PATH = {"org": "org", "app": "app", "user": "bob", "kind": "user", "key": "alice", "name": "greeting"}


def requests(schema: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield method, path and body of each example."""
    for path, operations in schema["paths"].items():
        for method, operation in operations.items() if path.startswith("/{org}") else ():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            for part in body.get("oneOf", [body]) if body else ():
                for example in examples_of(part, schema["components"]["schemas"]):
                    yield method.upper(), path, example


def filled(example: Any, vendors: Vendors) -> Any:
    """Return an example with true secrets in place of those that are only hinted at."""
    given = vendors.ready["credentials"]
    true = {
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "key": Path(given["apns"]["key_file"]).read_text(),
        "service_account": account(vendors),
        "secret": Path(given["huawei"]["secret_file"]).read_text(),
    }
    if not isinstance(example, dict):
        return example
    # The file has a channel of one of these names.
    own = {"notifier": f"my-{example['notifier']}"} if "notifier" in example else {}
    return {name: true.get(name, value) for name, value in example.items()} | own


def address(path: str, body: Any) -> str:
    """Return a path with something in place of its names."""
    notifier = body.get("notifier", "my-com.example.app") if isinstance(body, dict) else ""
    return re.sub(r"{(\w+)(:path)?}", lambda found: (PATH | {"notifier": notifier})[found[1]], path)


def test_every_example_works(api: Api, deployment: Deployment) -> None:
    """In the order of the page, as an app's server would, and as the user where only the user may."""
    asked = 0
    for method, path, example in requests(api.client.get("/openapi.json").json()):
        body = filled(example, deployment.vendors)
        url = address(path, body)
        is_own = path.endswith("/users/{user}/notification/template")
        answer = api.client.request(method, url, json=body, headers=bearer(token("bob" if is_own else None)))
        assert answer.status_code == 200, f"{method} {url} {json.dumps(example)}: {answer.text}"
        asked += 1
    assert asked > 25


@pytest.fixture(autouse=True)
def _as_it_was(api: Api, deployment: Deployment) -> Iterator[None]:
    """Switch on again what an example switches off."""
    yield
    path, headers = "/org/app/console/advanced", bearer(token())
    eventually(
        lambda: api.client.put(path, json={"enabled": True}, headers=headers).status_code,
        lambda status: status == 200,
        30,
    )
    assert deployment.worker.is_alive
