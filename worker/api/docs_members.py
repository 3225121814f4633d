"""What a body consists of, for people: each member with what it means and what it may be."""

from collections.abc import Iterator
from typing import Any

from worker.api.forms import IN_WORDS


def members_of(schema: dict[str, Any], components: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and words of each member of a body; of a list those of its items."""
    found = _named(schema, components)
    if found.get("type") == "array":
        found = _named(found["items"], components)
    for name, member in found.get("properties", {}).items():
        yield name, "; ".join(_words(member, components, is_required=name in found.get("required", [])))


def _named(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = components.get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
    return found


def _words(member: dict[str, Any], components: dict[str, Any], *, is_required: bool) -> Iterator[str]:
    if is_required:
        yield "required"
    if "description" in member:
        yield str(member["description"])
    for kind in member.get("anyOf", [member]):
        yield from _limits(_named(kind, components))


def _limits(schema: dict[str, Any]) -> Iterator[str]:
    if "enum" in schema or "const" in schema:
        yield ", ".join(f"`{each}`" for each in schema.get("enum", [schema.get("const")]))
    if schema.get("pattern") in IN_WORDS:
        yield IN_WORDS[schema["pattern"]].removeprefix("must be ").removeprefix("must have ")
    if "maximum" in schema:
        yield f"{_least(schema)} to {schema['maximum']:.0f}"
    if "maxLength" in schema:
        yield f"up to {schema['maxLength']} characters"


def _least(schema: dict[str, Any]) -> str:
    return f"{schema['minimum']:.0f}" if "minimum" in schema else f"more than {schema['exclusiveMinimum']:.0f}"
