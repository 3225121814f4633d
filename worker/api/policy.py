"""An app's policy over HTTP: ``/{org}/{app}/console/policy`` and ``…/console/advanced``."""

from typing import Any

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from policy.app import AppPolicy
from worker.api import refusals
from worker.api.caller_first import CallerFirst
from worker.api.callers import AppCaller
from worker.api.console_services import CONFLICT, ConsoleServices, Services
from worker.api.envelope import envelope
from worker.policy_patch import PolicyPatch, StoredPolicy, stored_policy
from worker.store.console import CLEARING, POLICY, TEMPLATE, AppRecord, Changes, clearing_since

#: What of a policy is no setting of its own.
_NOT_SHOWN = ("appkey", "channels", "templates", "advanced")


class Advanced(BaseModel):
    """Whether the app has the advanced features: remind types, do-not-disturb, templates."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
        json_schema_extra={"examples": [{"enabled": True}, {"enabled": False, "confirm": "org#app"}]},
    )

    enabled: bool
    confirm: str | None = Field(default=None, description="to switch off, the app key: it deletes what users have set")


routes = APIRouter(tags=["console"], route_class=CallerFirst)


@routes.get("/{org}/{app}/console/policy")
async def get_policy(request: Request, appkey: AppCaller, services: Services) -> dict[str, Any]:
    """Show the app's policy as it is, and what of it was set over HTTP."""
    return envelope(request, appkey, data=await _shown(services, appkey))


@routes.put("/{org}/{app}/console/policy")
async def put_policy(request: Request, appkey: AppCaller, services: Services, patch: PolicyPatch) -> dict[str, Any]:
    """Set some members of the policy; the others stay. ``null`` gives one back to the configuration file."""

    def edit(record: AppRecord) -> tuple[Changes, None]:
        before = _stored(record)
        after = before.model_copy(update={name: getattr(patch, name) for name in patch.model_fields_set})
        return ({POLICY: after.encoded()} if after != before else {}), None

    await services.store.change(appkey, edit)
    return envelope(request, appkey, data=await _shown(services, appkey))


@routes.put("/{org}/{app}/console/advanced", responses=CONFLICT)
async def put_advanced(request: Request, appkey: AppCaller, services: Services, wanted: Advanced) -> dict[str, Any]:
    """Switch the advanced features on or off. Off deletes the app's templates and what its users have set."""
    if not wanted.enabled and wanted.confirm != appkey:
        raise refusals.invalid("confirm", "(must be the app key: this deletes what users have set)")
    now_ms = services.clock()

    def edit(record: AppRecord) -> tuple[Changes, None]:
        if wanted.enabled:
            return _on(record), None
        return _off(record, now_ms), None

    await services.store.change(appkey, edit)
    return envelope(request, appkey, data=await _shown(services, appkey))


def _on(record: AppRecord) -> Changes:
    if clearing_since(record) is not None:
        raise refusals.conflict("the settings of before are still being deleted by a worker, try again in a minute")
    return {POLICY: _stored(record).model_copy(update={"advanced": True}).encoded()}


def _off(record: AppRecord, now_ms: int) -> Changes:
    policy = _stored(record).model_copy(update={"advanced": False}).encoded()
    gone = {name: None for name in record.fields if name.startswith(TEMPLATE)}
    since = clearing_since(record)
    return {POLICY: policy, CLEARING: str(now_ms if since is None else since).encode(), **gone}


def _stored(record: AppRecord) -> StoredPolicy:
    """Return what is set; what cannot be read is set anew as a whole."""
    return stored_policy(record.fields.get(POLICY, b"{}")) or StoredPolicy()


async def _shown(services: ConsoleServices, appkey: str) -> dict[str, Any]:
    await services.consoles.refresh()
    record = await services.store.read(appkey)
    policy = services.consoles[appkey].policy
    return {
        "policy": _told(policy),
        "set": _stored(record).model_dump(exclude_none=True, exclude={"advanced"}),
        "advanced": policy.advanced,
        "clearing": clearing_since(record) is not None,
    }


def _told(policy: AppPolicy) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(policy)
    return {name: value for name, value in members.items() if name not in _NOT_SHOWN}
