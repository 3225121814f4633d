"""The tables of the READMEs and the code say the same."""

import importlib
import json
import re
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from prometheus_client import REGISTRY
from pydantic import BaseModel
from typer.models import CommandInfo, TyperInfo

from providers.simulator.ledger import Ledger
from providers.simulator.vendors import KINDS
from worker.api import channels, policy
from worker.cli import app
from worker.config import load_config
from worker.config_apps import AppSettings, CatchUpSettings
from worker.config_channels import ApnsChannel, FcmChannel, HuaweiChannel
from worker.config_sections import ApiSettings, CelerySettings, RedisSettings, VendorSettings, WorkerSettings
from worker.policy_patch import PolicyPatch

ROOT = Path(__file__).parents[2]
SECTIONS: dict[str, type[BaseModel]] = {
    "redis": RedisSettings,
    "celery": CelerySettings,
    "worker": WorkerSettings,
    "api": ApiSettings,
}
WORKER = (ROOT / "worker" / "README.md").read_text("utf-8")


def rows(text: str, heading: str) -> list[list[str]]:
    """Return the cells of the tables below a heading, without their head rows."""
    section = text.split(f"\n{heading}\n", 1)[1]
    section = re.split(r"\n#+ ", section, maxsplit=1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    tables = [line for line, following in zip(lines, [*lines[1:], ""], strict=True) if "| --- |" not in following]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in tables if "| --- |" not in line]


def keys(cell: str) -> list[str]:
    """Return what stands between backquotes."""
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_a_section_is_documented_with_its_default(section: str) -> None:
    """worker/README.md names each key, no other, and the default that the code has."""
    heading = f"### `[{section}]`" if section in {"worker", "api"} else "### `[redis]`, `[celery]`"
    documented = {key: row[1] for row in rows(WORKER, heading) for key in keys(row[0]) if key.startswith(f"{section}.")}
    fields = SECTIONS[section].__pydantic_fields__
    assert set(documented) == {f"{section}.{name}" for name in fields}
    defaults = {f"{section}.{name}": field.default for name, field in fields.items() if field.default_factory is None}
    defaults = {key: value for key, value in defaults.items() if value is not None}
    # As TOML writes them.
    texts = {
        key: json.dumps(value) if isinstance(value, bool | tuple) else str(value) for key, value in defaults.items()
    }
    assert {key: documented[key] for key in texts} == texts


def test_every_key_of_the_way_to_a_vendor_is_documented() -> None:
    """The table of [api.vendors.<provider>] has each field of VendorSettings."""
    documented = [key for row in rows(WORKER, "### `[api.vendors.<provider>]`") for key in keys(row[0])]
    assert documented == list(VendorSettings.model_fields)


def test_every_request_of_the_console_is_documented() -> None:
    """The table of the console has each of its routes, and no other."""
    documented = {key for row in rows(WORKER, "### The console") for key in keys(row[0])}
    routes = [route for each in (channels, policy) for route in each.routes.routes if isinstance(route, APIRoute)]
    methods = [(method, route) for route in routes for method in route.methods or ()]
    assert documented == {f"{method} {route.path.removeprefix('/{org}/{app}')}" for method, route in methods}


def test_every_member_of_the_policy_is_documented() -> None:
    """The console's section names each member that can be set."""
    section = WORKER.split("\n### The console\n", 1)[1].split("\n### ", 1)[0]
    assert all(f"`{name}`" in section for name in PolicyPatch.model_fields)


def test_every_key_of_an_app_is_documented() -> None:
    """The table of [apps."org#app"] has each field of AppSettings."""
    documented = [key for row in rows(WORKER, '### `[apps."org#app"]`') for key in keys(row[0])]
    assert documented == list(AppSettings.model_fields)


def test_every_key_of_catching_up_is_documented() -> None:
    """The table of [apps."org#app".catch_up] has each key with the default that the code has."""
    documented = {keys(row[0])[0]: row[1].strip("`") for row in rows(WORKER, '### `[apps."org#app".catch_up]`')}
    defaults = {name: str(field.default) for name, field in CatchUpSettings.__pydantic_fields__.items()}
    assert documented == defaults


def test_every_key_of_a_channel_is_documented() -> None:
    """The tables of channels have the common keys once and each vendor's own beside its name."""
    common, own = set[str](), {"apns": set[str](), "fcm": set[str](), "huawei": set[str]()}
    for row in rows(WORKER, '### `[[apps."org#app".channels]]`'):
        if row[0] in own:
            own[row[0]].update(keys(row[1]))
        else:
            common.update(keys(row[0]))
    models: dict[str, type[BaseModel]] = {"apns": ApnsChannel, "fcm": FcmChannel, "huawei": HuaweiChannel}
    for vendor, model in models.items():
        assert common | own[vendor] == set(model.__pydantic_fields__), vendor


def test_every_metric_is_documented() -> None:
    """The table of metrics has each metric that the worker exports."""
    documented = {keys(row[0])[0].removesuffix("_total") for row in rows(WORKER, "## Metrics")}
    importlib.import_module("worker.metrics")
    exported = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("offline_push")}
    assert documented == exported


def test_every_command_is_in_the_readme() -> None:
    """README.md's table of commands has each command of the command line, and those below a command in its own row."""
    table = rows((ROOT / "README.md").read_text("utf-8"), "## In your own stack")
    named = {name for row in table for name in command_names(row[0])}
    commands = {command.name or "" for command in app.registered_commands}
    below = {f"{group.name} {command.name}" for group in app.registered_groups for command in group_commands(group)}
    assert named == commands | below


def group_commands(group: TyperInfo) -> list[CommandInfo]:
    """Return the commands below a command."""
    return group.typer_instance.registered_commands if group.typer_instance else []


def command_names(cell: str) -> list[str]:
    """Return the commands of a row: ``load``, ``dump``; ``dead-letters list``, ``dead-letters show`` and so on."""
    words = [text.removeprefix("offline-push ").split() for text in keys(cell)]
    groups = {group.name for group in app.registered_groups}
    if words[0][0] in groups:
        return [f"{words[0][0]} {name}" for name in [words[0][1], *(following[0] for following in words[1:])]]
    return [found[0] for found in words]


def test_the_example_configuration_is_valid() -> None:
    """deploy/examples/push.toml is accepted as it is, but for the key files nobody can ship."""
    config = load_config(ROOT / "deploy" / "examples" / "push.toml", {}, check_files=False)
    assert [channel.provider for channel in config.apps["org#app"].channels] == ["apns", "fcm", "huawei"]


def test_every_token_state_of_the_simulator_is_accepted() -> None:
    """providers/simulator/README.md names only states that the vendor knows."""
    text = (ROOT / "providers" / "simulator" / "README.md").read_text("utf-8")
    documented = {row[0]: keys(row[1]) for row in rows(text, "## States of a token") if row[0] in KINDS}
    assert documented.keys() == KINDS.keys()
    for name, states in documented.items():
        vendor = KINDS[name].make(Ledger())
        for state in states:
            vendor.set_token("00", state, 0)
        with pytest.raises(ValueError, match="state"):
            vendor.set_token("00", "nonsense", 0)
