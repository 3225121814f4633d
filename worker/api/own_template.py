"""The template that a receiver has chosen: ``/users/{user}/notification/template``.

https://doc.easemob.com/document/server-side/push_template_receiver_set.html
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from policy.receiver import Settings
from worker.api.answers import Answer, answers
from worker.api.body import Body, MaybeTemplateName, absent
from worker.api.callers import OwnCaller
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.features import Consoles, need_advanced
from worker.api.paths import USER
from worker.store.readable import record_of
from worker.store.settings import SETTINGS, Patch, SettingsStore

_PATH = f"{USER}/notification/template"


class Choice(Body):
    """The name of a template; empty for none."""

    template: Annotated[MaybeTemplateName, Field(alias="templateName", examples=["greeting"])]


class ChoiceShown(BaseModel):
    """Left out where none is chosen."""

    templateName: str = absent(examples=["greeting"])  # noqa: N815 - Easemob's


def router(store: SettingsStore, consoles: Consoles) -> APIRouter:
    """Return the routes."""
    routes = direct_router("templates")

    @routes.put(_PATH, **answers(Answer[ChoiceShown]))
    async def choose(target: OwnCaller, body: Choice, request: Request) -> dict[str, Any]:
        """Choose a template. Whether there is one of that name is not asked: until there is, it says nothing."""
        need_advanced(consoles, target.appkey)
        (text,) = await store.change(target.appkey, target.user, Patch(SETTINGS, {"template": body.template or None}))
        return envelope(request, target.appkey, data=_shown(text))

    @routes.get(_PATH, **answers(Answer[ChoiceShown]))
    async def chosen(target: OwnCaller, request: Request) -> dict[str, Any]:
        """Read the choice."""
        need_advanced(consoles, target.appkey)
        (text,) = await store.read(target.appkey, target.user, [SETTINGS])
        return envelope(request, target.appkey, data=_shown(text))

    return routes


def _shown(text: bytes | None) -> dict[str, str]:
    template = record_of(text, Settings).template
    return {"templateName": template} if template else {}
