"""An app's channels over HTTP: ``/{org}/{app}/console/channels``. What is secret goes in and never comes out."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from providers.credentials import CredentialError
from worker.api import refusals
from worker.api.caller_first import CallerFirst
from worker.api.callers import AppCaller
from worker.api.channel_body import ChannelBody, Enabled, Trial
from worker.api.channel_edits import created, deleted, enabled, replaced
from worker.api.channel_view import http_view, view_of, views
from worker.api.console_services import CONFLICT, ConsoleServices, Services
from worker.api.envelope import envelope
from worker.api.segments import Segment
from worker.config_faults import ConfigError
from worker.store.channels import EditChannel
from worker.store.console import CHANNELS_AT_MOST, FullError
from worker.trial import tried

_ALL = "/{org}/{app}/console/channels"
_ONE = f"{_ALL}/{{notifier}}"
Notifier = Annotated[Segment, Path(description="the channel's name, URL-encoded")]


routes = APIRouter(tags=["console"], route_class=CallerFirst)


@routes.get(_ALL)
async def list_channels(request: Request, appkey: AppCaller, services: Services) -> dict[str, Any]:
    """List the app's channels, those of the configuration file too: credentials by their fingerprints only."""
    return envelope(request, appkey, entities=await views(services, appkey))


@routes.post(_ALL, responses=CONFLICT)
async def create_channel(request: Request, appkey: AppCaller, services: Services, body: ChannelBody) -> dict[str, Any]:
    """Make a channel. Workers send for it within a second."""
    if body.notifier is None:
        raise refusals.invalid("notifier", "(missing)")
    return await _edited(request, services, appkey, body.notifier, await created(services, appkey, body.notifier, body))


@routes.get(_ONE)
async def get_channel(request: Request, appkey: AppCaller, services: Services, notifier: Notifier) -> dict[str, Any]:
    """Show one channel."""
    return envelope(request, appkey, entities=[await view_of(services, appkey, notifier)])


@routes.put(_ONE, responses=CONFLICT)
async def replace_channel(
    request: Request, appkey: AppCaller, services: Services, notifier: Notifier, body: ChannelBody
) -> dict[str, Any]:
    """Replace a channel's settings, and its credential if one is given. The next push is sent with it."""
    if body.notifier not in {None, notifier}:
        raise refusals.invalid("notifier", "(must be that of the path, or left out)")
    edit = await replaced(services, appkey, notifier, body)
    return await _edited(request, services, appkey, notifier, edit)


@routes.put(f"{_ONE}/enabled", responses=CONFLICT)
async def enable_channel(
    request: Request, appkey: AppCaller, services: Services, notifier: Notifier, wanted: Enabled
) -> dict[str, Any]:
    """Enable or disable a channel. A disabled one still sends what is planned."""
    edit = enabled(services, appkey, notifier, is_enabled=wanted.enabled)
    return await _edited(request, services, appkey, notifier, edit)


@routes.delete(_ONE, responses=CONFLICT)
async def delete_channel(request: Request, appkey: AppCaller, services: Services, notifier: Notifier) -> dict[str, Any]:
    """Delete a channel. What is planned is still sent; then its credential is deleted too."""
    return await _edited(request, services, appkey, notifier, deleted(services, appkey, notifier))


@routes.post(f"{_ONE}/test", responses=CONFLICT)
async def test_channel(
    request: Request, appkey: AppCaller, services: Services, notifier: Notifier, trial: Trial
) -> dict[str, Any]:
    """Send one notification to one device token, now, and answer what the vendor said."""
    await services.consoles.refresh()  # it may have been made a moment ago, through another process
    await view_of(services, appkey, notifier)
    live = services.consoles.channel(appkey, notifier)
    if live is None:
        raise refusals.conflict("the channel's secrets cannot be opened with the keys of this server")
    try:
        outcome = await tried(live, trial.device_token, trial.title, trial.body)
    except (CredentialError, ConfigError):  # its text may name a path of the server
        raise refusals.conflict("the channel's credential cannot be used, the server's log says why") from None
    return envelope(request, appkey, data=outcome)


async def _edited(
    request: Request, services: ConsoleServices, appkey: str, notifier: str, edit: EditChannel
) -> dict[str, Any]:
    try:
        record = await services.channels.edit(appkey, notifier, edit)
    except FullError:
        text = f"an app may have {CHANNELS_AT_MOST} channels made over HTTP, with those that are still being deleted"
        raise refusals.conflict(text) from None
    await services.consoles.refresh()
    return envelope(request, appkey, entities=[http_view(notifier, record)])
