"""Parsers for proto3 JSON: they check types, accept both spellings of a name, and list every fault with its path.

A parser takes a decoded JSON value, its path and the list of faults; it returns the value with canonical names.
https://protobuf.dev/programming-guides/json/
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from providers.simulator.fcm_errors import Violation

Parser = Callable[[Any, str, list[Violation]], Any]

INT32 = range(-(2**31), 2**31)
TIMESTAMP_PATTERN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
DURATION_PATTERN = re.compile(r"[0-9]+(\.[0-9]{1,9})?s")


def scalar(proto_type: str, accepts: Callable[[Any], bool]) -> Parser:
    """Return a parser for one value that ``accepts`` decides on; ``proto_type`` is how Google names the type."""

    def parse(value: Any, path: str, faults: list[Violation]) -> Any:
        if not accepts(value):
            # Google repeats the value, so a client that logs this message logs the user's text.
            faults.append(Violation(path, f"Invalid value at '{path}' ({proto_type}), {json.dumps(value)}"))
        return value

    return parse


def _is_int32(value: Any) -> bool:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value):
        return int(value) in INT32
    return isinstance(value, int) and not isinstance(value, bool) and value in INT32


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


string = scalar("TYPE_STRING", lambda value: isinstance(value, str))
boolean = scalar("TYPE_BOOL", lambda value: isinstance(value, bool))
int32 = scalar("TYPE_INT32", _is_int32)
number = scalar("TYPE_FLOAT", lambda value: isinstance(value, int | float) and not isinstance(value, bool))
duration = scalar("type.googleapis.com/google.protobuf.Duration", _matches(DURATION_PATTERN))
timestamp = scalar("type.googleapis.com/google.protobuf.Timestamp", _matches(TIMESTAMP_PATTERN))
struct = scalar("type.googleapis.com/google.protobuf.Struct", lambda value: isinstance(value, dict))


def enum(proto_type: str, *names: str) -> Parser:
    """Return a parser for an enum, by name or number; Google ignores the case (firebase-admin sends ``high``)."""

    def known(value: Any) -> bool:
        if isinstance(value, str):
            return value.upper() in names
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names)

    return scalar(f"type.googleapis.com/google.firebase.fcm.v1.{proto_type}", known)


def repeated(parser: Parser) -> Parser:
    """Return a parser for a list."""

    def parse(value: Any, path: str, faults: list[Violation]) -> Any:
        if not isinstance(value, list):
            faults.append(Violation(path, f"Invalid value at '{path}', {json.dumps(value)}"))
            return value
        return [parser(member, f"{path}[{index}]", faults) for index, member in enumerate(value)]

    return parse


def string_map(value: Any, path: str, faults: list[Violation]) -> Any:
    """Parse a ``map<string, string>``: a number as a value is a fault, not a string."""
    if not isinstance(value, dict):
        faults.append(Violation(path, f"Invalid value at '{path}', {json.dumps(value)}"))
        return value
    return {key: string(member, f"{path}[{index}].value", faults) for index, (key, member) in enumerate(value.items())}


def camel(name: str) -> str:
    """Return the lowerCamelCase spelling of a field name."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def message(fields: Mapping[str, Parser]) -> Parser:
    """Return a parser for a message: either spelling of a field, the last one wins, null is absent."""
    names = {spelling: name for name in fields for spelling in (name, camel(name))}

    def parse(value: Any, path: str, faults: list[Violation]) -> Any:
        if not isinstance(value, dict):
            faults.append(Violation(path, f"Invalid value at '{path}', {json.dumps(value)}"))
            return value
        faults.extend(_unknown(key, path) for key in value if key not in names)
        known = {names[key]: member for key, member in value.items() if key in names and member is not None}
        return {name: fields[name](member, f"{path}.{name}".lstrip("."), faults) for name, member in known.items()}

    return parse


def _unknown(name: str, path: str) -> Violation:
    where = f" at '{path}'" if path else ""
    return Violation(path, f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.')
