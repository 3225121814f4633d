"""Faults of a configuration: one line each, with the path of the key and never with its value."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError


class ConfigError(Exception):
    """The operator has to correct the configuration; ``faults`` has one line per fault."""

    def __init__(self, faults: Iterable[str]) -> None:
        """Keep the lines; ``str()`` of the error is all of them."""
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


#: pydantic's error types whose own words speak of Python rather than of TOML.
#: https://docs.pydantic.dev/latest/errors/validation_errors/
_TEXTS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "dict_type": "must be a table",
    "tuple_type": "must be a list",
    "union_tag_not_found": "missing",
}

#: Faults of the key that tells the kinds of channels apart: pydantic puts them on the whole channel.
_DISCRIMINATOR_TYPES = {"union_tag_not_found", "union_tag_invalid"}

_OS_TEXTS: dict[type[OSError], str] = {
    FileNotFoundError: "file not found",
    IsADirectoryError: "is a directory",
    PermissionError: "permission denied",
}


def os_fault(error: OSError) -> str:
    """Return why a file could not be opened, in a few words without its path."""
    return _OS_TEXTS.get(type(error), (error.strerror or "cannot be read").lower())


def validation_faults(error: ValidationError) -> list[str]:
    """Return pydantic's errors as lines such as ``apps.org#app.channels[1].key_file: file not found``."""
    # A default that was not made because its source is at fault is no second fault.
    details = (item for item in error.errors(include_input=False) if item["type"] != "default_factory_not_called")
    return [f"{_path(item['type'], item['loc'])}: {_text(item)}" for item in details]


def _path(kind: str, location: tuple[int | str, ...]) -> str:
    """Return a location in TOML's terms: no ``[key]`` marker, no tag of the channel union."""
    tail = (".provider",) if kind in _DISCRIMINATOR_TYPES else ()
    steps = [step for index, step in enumerate(location) if step != "[key]" and not _is_tag(location, index)]
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps]
    return "".join([*parts, *tail]).removeprefix(".")


def _is_tag(location: tuple[int | str, ...], index: int) -> bool:
    return index > 1 and location[index - 2] == "channels" and isinstance(location[index - 1], int)


def _text(item: Mapping[str, Any]) -> str:
    known = _TEXTS.get(item["type"])
    if known:
        return known
    context = item.get("ctx", {})
    if "expected_tags" in context:
        return f"must be one of {context['expected_tags']}"
    if "error" in context:
        return str(context["error"])
    message = str(item["msg"]).replace("Input should", "must")
    return message[:1].lower() + message[1:]
