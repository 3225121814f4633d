"""A value that a JSON schema allows, for people to start from."""

from typing import Any

_PLAIN: dict[str, Any] = {"string": "…", "integer": 0, "number": 0, "boolean": True, "null": None}


def example_of(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    """Return the schema's own example, else one made of its parts. ``components`` are what it refers to by name."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rsplit("/", 1)[-1]], components)
    given = [*schema.get("examples", []), *(schema[word] for word in ("example", "const", "default") if word in schema)]
    choices = given + schema.get("enum", [])
    if choices:
        return choices[0]
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return example_of(schema[word][0], components)
    return _made_of_parts(schema, components)


def _made_of_parts(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    match schema.get("type"):
        case "object":
            members = schema.get("properties", {})
            return {name: example_of(member, components) for name, member in members.items()}
        case "array":
            return [example_of(schema.get("items", {}), components)]
        case kind:
            return _PLAIN.get(str(kind), {})
