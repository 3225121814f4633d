"""The language in which a user wants pushes: ``/users/{user}/notification/language``.

https://doc.easemob.com/document/server-side/push_translation.html
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from policy.receiver import Settings
from worker.api.answers import Answer, answers
from worker.api.body import Body, absent
from worker.api.callers import UserCaller
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.forms import LANGUAGE
from worker.api.paths import USER
from worker.store.readable import record_of
from worker.store.settings import SETTINGS, Patch, SettingsStore

_PATH = f"{USER}/notification/language"


class Language(Body):
    """A code of Azure Translator, such as ``zh-Hans``; empty for no translation."""

    language: Annotated[str, Field(alias="translationLanguage", pattern=LANGUAGE, examples=["zh-Hans"])]


class LanguageShown(BaseModel):
    """Left out where none is set."""

    language: str = absent(examples=["zh-Hans"])


def router(store: SettingsStore) -> APIRouter:
    """Return the routes."""
    routes = direct_router("language")

    @routes.put(_PATH, **answers(Answer[LanguageShown]))
    async def change(target: UserCaller, body: Language, request: Request) -> dict[str, Any]:
        """Set the language that pushes are translated into; `""` ends the translation."""
        patch = Patch(SETTINGS, {"language": body.language or None})
        (text,) = await store.change(target.appkey, target.user, patch)
        return envelope(request, target.appkey, data=_shown(text))

    @routes.get(_PATH, **answers(Answer[LanguageShown]))
    async def one(target: UserCaller, request: Request) -> dict[str, Any]:
        """Read it; without one pushes are not translated."""
        (text,) = await store.read(target.appkey, target.user, [SETTINGS])
        return envelope(request, target.appkey, data=_shown(text))

    return routes


def _shown(text: bytes | None) -> dict[str, str]:
    language = record_of(text, Settings).language
    return {"language": language} if language else {}
