"""Push templates of an app: ``/notification/template``.

https://doc.easemob.com/document/server-side/push_template_create.html
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field

from policy.app import Template
from worker.api import refusals
from worker.api.answers import Answer, answers
from worker.api.body import Body, TemplateName, TemplateNameInPath, absent
from worker.api.callers import AppCaller
from worker.api.direct import direct_router
from worker.api.envelope import envelope
from worker.api.features import Consoles, need_advanced
from worker.api.paths import APP
from worker.clock import Clock
from worker.store.console import TEMPLATES_AT_MOST, ConsoleStore, FullError, StoredTemplate

_PATH = f"{APP}/notification/template"
_ONE = f"{_PATH}/{{name}}"
#: App key -> its templates in the configuration file.
FileTemplates = Mapping[str, Mapping[str, Template]]
Pattern = Annotated[str, Field(max_length=1_024, examples=["{$fromNickname}: {$msg}"])]


class Patterns(Body):
    """Title and content, with placeholders such as ``{0}``, ``{$fromNickname}`` and ``{$msg}``."""

    title_pattern: Pattern
    content_pattern: Pattern


class NamedPatterns(Patterns):
    """The same with a name, letters and digits."""

    name: Annotated[TemplateName, Field(examples=["greeting"])]


class TemplateShown(NamedPatterns):
    """A template. One of the configuration file has no times."""

    createAt: int = absent(description="milliseconds since 1970")  # noqa: N815 - Easemob's
    updateAt: int = absent(description="milliseconds since 1970")  # noqa: N815 - Easemob's


_ANSWERS = answers(Answer[TemplateShown])


class AppTemplates:
    """An app's templates: what is set over HTTP, above those of the configuration file. Every method raises Refusal."""

    def __init__(self, store: ConsoleStore, files: FileTemplates, consoles: Consoles, clock: Clock) -> None:
        self._store, self._files, self._consoles, self._clock = store, files, consoles, clock

    async def create(self, appkey: str, name: str, patterns: Patterns) -> dict[str, Any]:
        """Write a template of a new name."""
        made = await self._put(appkey, name, patterns, exists=False)
        if made is None:
            raise refusals.invalid("name", "(there is such a template, PUT replaces it)")
        return _shown(name, made)

    async def replace(self, appkey: str, name: str, patterns: Patterns) -> dict[str, Any]:
        """Write a template of a name that there is."""
        made = await self._put(appkey, name, patterns, exists=None if self._in_file(appkey, name) else True)
        return _shown(name, _found(name, made))

    async def one(self, appkey: str, name: str) -> dict[str, Any]:
        """Return a template."""
        need_advanced(self._consoles, appkey)
        stored = (await self._store.templates(appkey)).get(name)
        return _shown(name, _found(name, stored or self._in_file(appkey, name)))

    async def delete(self, appkey: str, name: str) -> dict[str, Any]:
        """Remove what is set over HTTP, and return it."""
        need_advanced(self._consoles, appkey)
        gone = await self._store.delete_template(appkey, name)
        if gone is None and self._in_file(appkey, name):
            raise refusals.conflict(f"{name} template is in the configuration file")
        return _shown(name, _found(name, gone))

    async def _put(self, appkey: str, name: str, patterns: Patterns, *, exists: bool | None) -> StoredTemplate | None:
        need_advanced(self._consoles, appkey)
        title, content = patterns.title_pattern, patterns.content_pattern
        try:
            return await self._store.put_template(appkey, name, title, content, self._clock(), exists=exists)
        except FullError:
            raise refusals.invalid("name", f"(there are {TEMPLATES_AT_MOST} templates already)") from None

    def _in_file(self, appkey: str, name: str) -> Template | None:
        return self._files.get(appkey, {}).get(name)


def router(templates: AppTemplates) -> APIRouter:
    """Return the routes."""
    routes = direct_router("templates")

    @routes.post(_PATH, **_ANSWERS)
    async def create(appkey: AppCaller, body: NamedPatterns, request: Request) -> dict[str, Any]:
        """Create a template; of the names, `default` and `detail` are those of the display styles 0 and 1."""
        return envelope(request, appkey, data=await templates.create(appkey, body.name, body))

    @routes.put(_ONE, **_ANSWERS)
    async def replace(appkey: AppCaller, name: TemplateNameInPath, body: Patterns, request: Request) -> dict[str, Any]:
        """Replace a template. One of the configuration file is covered by what is set here."""
        return envelope(request, appkey, data=await templates.replace(appkey, name, body))

    @routes.get(_ONE, **_ANSWERS)
    async def one(appkey: AppCaller, name: TemplateNameInPath, request: Request) -> dict[str, Any]:
        """Read a template."""
        return envelope(request, appkey, data=await templates.one(appkey, name))

    @routes.delete(_ONE, **_ANSWERS)
    async def delete(appkey: AppCaller, name: TemplateNameInPath, request: Request) -> dict[str, Any]:
        """Delete a template and answer it. One of the configuration file cannot be, and comes to light again."""
        return envelope(request, appkey, data=await templates.delete(appkey, name))

    return routes


def _found(name: str, template: StoredTemplate | Template | None) -> StoredTemplate | Template:
    if template is None:
        raise refusals.not_found(f"{name} template")
    return template


def _shown(name: str, template: StoredTemplate | Template) -> dict[str, Any]:
    shown = {"name": name, "title_pattern": template.title_pattern, "content_pattern": template.content_pattern}
    times = template if isinstance(template, StoredTemplate) else None
    return {**shown, **({"createAt": times.created, "updateAt": times.updated} if times else {})}
