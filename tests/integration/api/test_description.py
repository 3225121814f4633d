"""The description of the API: what it says of refusals, tokens and bodies."""

import re
from typing import Any

import pytest

from tests.integration.api.api_process import Api
from worker.api.forms import IN_WORDS

#: Of what is a number, too: its refusal is the number's.
NUMBER = "^[0-9]{1,2}$"


@pytest.fixture
def described(api: Api) -> dict[str, Any]:
    """The description."""
    schema: dict[str, Any] = api.client.get("/openapi.json").json()
    return schema


def of_apps(schema: dict[str, Any]) -> dict[str, Any]:
    """Return all operations below an app."""
    paths = {path: methods for path, methods in schema["paths"].items() if path.startswith("/{org}/{app}/")}
    return {f"{method} {path}": each for path, methods in paths.items() for method, each in methods.items()}


def test_every_operation_of_an_app_says_how_it_refuses(described: dict[str, Any]) -> None:
    """All statuses that can come, in one shape with an example; none of FastAPI's own, which never comes."""
    for name, operation in of_apps(described).items():
        responses = operation["responses"]
        assert {"400", "401", "403", "404", "413", "429", "500", "503"} <= set(responses), name
        assert "422" not in responses, name
        refusal = responses["401"]["content"]["application/json"]
        assert refusal["schema"] == {"$ref": "#/components/schemas/Fault"}
        assert refusal["example"]["error_description"] == "Unable to authenticate (OAuth)"


def test_every_operation_of_an_app_takes_a_token(described: dict[str, Any]) -> None:
    """One scheme, a bearer token, which says where it comes from."""
    assert {str(operation["security"]) for operation in of_apps(described).values()} == {"[{'token': []}]"}
    scheme = described["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert "POST /{org}/{app}/token" in scheme["description"]


def test_both_grants_have_an_example(described: dict[str, Any]) -> None:
    """Who reads it can ask for either token."""
    examples = described["components"]["schemas"]["Grant"]["examples"]
    assert [each["grant_type"] for each in examples] == ["client_credentials", "inherit"]


def test_nothing_is_left_of_the_422(described: dict[str, Any]) -> None:
    """Its schemas are gone and nobody refers to them; each reference leads somewhere."""
    text = str(described)
    assert "ValidationError" not in text
    names = described["components"]["schemas"]
    assert {part.split("'")[0] for part in text.split("'#/components/schemas/")[1:]} <= set(names)


def test_no_form_is_told_as_a_regular_expression(described: dict[str, Any]) -> None:
    """Each has its words, for the refusal of what has another."""
    found = set(re.findall(r"'pattern': '([^']+)'", str(described).replace("\\\\", "\\")))
    assert found - {NUMBER} == set(IN_WORDS)
