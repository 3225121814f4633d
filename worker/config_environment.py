"""Environment variables that override keys of the configuration file.

``OFFLINE_PUSH_<SECTION>__<KEY>`` sets one key: ``OFFLINE_PUSH_REDIS__URL``.
``OFFLINE_PUSH_<SECTION>`` is JSON that is merged into a section, table by table. That is how apps are overridden,
for a shell allows no ``#`` in a name; a list is replaced, but channels given as a table are merged by notifier name:
``OFFLINE_PUSH_APPS='{"org#app": {"channels": {"com.example.app": {"endpoint": "https://localhost:8443"}}}}'``.
An empty variable counts as not set.

pydantic-settings is not used: it reads the process's environment by itself, ignores misspelt names
and lower-cases the keys of apps.
"""

import json
import re
from collections.abc import Collection, Mapping
from functools import reduce
from typing import Any

from worker.config_faults import ConfigError

PREFIX = "OFFLINE_PUSH_"
#: Names the configuration file itself.
CONFIG_VARIABLE = f"{PREFIX}CONFIG"

#: Kubernetes describes a service "offline-push-api" to every pod beside it as OFFLINE_PUSH_API_PORT=tcp://…
#: https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
_SERVICE_LINK = re.compile(
    r".+_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)=.*|.+_PORT=\w+://.*"
)

#: Steps below ``apps`` that are names, not keys: their case is kept. apps.<org#app>.channels.<notifier>
_NAME_STEPS = (1, 3)


def override(data: dict[str, Any], env: Mapping[str, str], sections: Collection[str]) -> dict[str, Any]:
    """Return ``data`` with the overrides of ``env`` merged in.

    Raises:
        ConfigError: A variable with our prefix names no section, holds broken JSON or names an unknown channel.
    """
    ours = {name: text for name, text in env.items() if _is_ours(name, text)}
    faults = [fault for name, text in ours.items() if (fault := _fault(name, text, sections))]
    if faults:
        raise ConfigError(sorted(faults))
    # Whole sections first, so that a single key beats them.
    ordered = sorted(ours, key=lambda name: (name.count("__"), name))
    return reduce(lambda merged, name: _merge(merged, _patch(name, ours[name]), ""), ordered, data)


def _is_ours(name: str, text: str) -> bool:
    is_other = name == CONFIG_VARIABLE or not text or _SERVICE_LINK.fullmatch(f"{name}={text}")
    return name.startswith(PREFIX) and not is_other


def _fault(name: str, text: str, sections: Collection[str]) -> str | None:
    steps = _steps(name)
    if steps[0] not in sections:
        return f"{name}: unknown variable (sections: {', '.join(sections)}; a section and its key are joined by __)"
    if len(steps) == 1 and not isinstance(_value(text), dict):
        return f"{name}: must be a JSON object"
    return None


def _steps(name: str) -> list[str]:
    steps = name.removeprefix(PREFIX).split("__")
    kept = _NAME_STEPS if steps[0].lower() == "apps" else ()
    return [step if index in kept else step.lower() for index, step in enumerate(steps)]


def _value(text: str) -> Any:
    """Return JSON objects and lists as such, and all else as text: the schema turns it into numbers and booleans."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:  # a template's pattern may start with a brace too
        return text


def _patch(name: str, text: str) -> Any:
    return reduce(lambda value, step: {step: value}, reversed(_steps(name)), _value(text))


def _merge(base: Any, patch: Any, path: str) -> Any:
    if not isinstance(patch, dict):
        return patch
    if isinstance(base, list):
        return _merge_channels(base, patch, path)
    table = base if isinstance(base, dict) else {}
    return table | {key: _merge(table.get(key), value, f"{path}.{key}") for key, value in patch.items()}


def _merge_channels(channels: list[Any], patch: dict[str, Any], path: str) -> list[Any]:
    names = [str(channel.get("notifier")) if isinstance(channel, dict) else "" for channel in channels]
    unknown = [notifier for notifier in patch if notifier not in names]
    if unknown:
        raise ConfigError(f"{path.removeprefix('.')}: no channel has the notifier {name!r}" for name in unknown)
    return [_merge(channel, patch.get(name, {}), path) for name, channel in zip(names, channels, strict=True)]
