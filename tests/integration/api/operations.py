"""Every operation below ``/{org}/{app}/``, as the API itself describes it: a new route is among them by itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.api.api_process import Api

USER = "bob"
_VALUES = {"org": "org", "app": "app", "user": USER}
#: Operations that judge the token only when the body asks for something, and such a body.
_BODIES: Mapping[tuple[str, str], dict[str, Any]] = {
    ("POST", "/{org}/{app}/token"): {"grant_type": "inherit", "username": "eve"}
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, and a request for it about ``USER``."""

    method: str
    template: str
    url: str
    body: dict[str, Any] | None

    def __str__(self) -> str:
        """Name it."""
        return f"{self.method} {self.template}"


def operations(api: Api) -> list[Operation]:
    """Return all of them."""
    return list(_operations(api.client.get("/openapi.json").json()))


def _operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for template, methods in schema["paths"].items():
        for method, described in methods.items() if template.startswith("/{org}/{app}/") else ():
            name = (method.upper(), template)
            body = _BODIES.get(name, {}) if "requestBody" in described else None
            yield Operation(*name, _url(template, described), body)


def _url(template: str, described: dict[str, Any]) -> str:
    schemas = {each["name"]: each.get("schema", {}) for each in described["parameters"] if each["in"] == "path"}
    return re.sub(r"{(\w+)}", lambda found: _value(found[1], schemas.get(found[1], {})), template)


def _value(name: str, schema: dict[str, Any]) -> str:
    choices = schema.get("enum") or [schema.get("const", "thing")]
    return _VALUES.get(name) or str(choices[0])
