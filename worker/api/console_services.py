"""What the routes of the console work with."""

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from worker.api.key_opener import KeyOpener
from worker.api.refusals import Fault
from worker.clock import Clock
from worker.config import Config
from worker.consoles import Consoles
from worker.store.channels import ChannelStore
from worker.store.console import ConsoleStore

#: What a route says besides what all routes may say.
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": Fault, "description": "Conflict: not as things are now"}}


@dataclass(frozen=True, slots=True)
class ConsoleServices:
    """Consoles as this process has them, and the stores in which they are changed."""

    config: Config
    consoles: Consoles
    store: ConsoleStore
    channels: ChannelStore
    clock: Clock
    keys: KeyOpener = field(default_factory=KeyOpener)


def _services(request: Request) -> ConsoleServices:
    services: ConsoleServices = request.app.state.console
    return services


async def _dependency(request: Request) -> ConsoleServices:
    return _services(request)


#: A route's parameter.
Services = Annotated[ConsoleServices, Depends(_dependency)]
