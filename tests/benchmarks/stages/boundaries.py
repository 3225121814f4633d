"""Where each stage of the pipeline begins: a table of functions.

What they call is of the same stage, but for what has a row of its own: the innermost counts.
A function that another module has imported by name is named as that module has it.
"""

import importlib
from functools import reduce
from typing import Any

from tests.benchmarks.stages.clock import LOOP, StageClock

#: Stage -> its functions.
BOUNDARIES = {
    "read": ("worker.ingest:Ingest.run",),
    "decode": ("worker.ingest:decode_entry",),
    "facts": ("worker.store.facts:FactStore.gather",),
    "decide": (
        "worker.dispatch:Dispatcher.dispatch",
        "policy.decide:Deciding.__init__",
        "policy.decide:Deciding.decide",
    ),
    "render": (
        "policy.decide:render",
        "worker.notifications:Wording.__init__",
        "worker.notifications:Wording.jobs",
        "worker.job:Job.addressed",
        "worker.job:Job.shared",
        "providers.apns_payload:encoded",
        "providers.fcm:Fcm._encoded",
        "providers.huawei:Huawei._encoded",
    ),
    "hand-off": ("worker.store.hand_off:HandOffStore.write", "worker.dispatch:Dispatcher._count"),
    "lane read": ("worker.lane:Lane.run", "worker.lane:Lane.take", "worker.lane:Lane._carry"),
    "wire": (
        "worker.sender:Sender.begin",
        "worker.lane:Lane._deliver",
        "providers.attempt:Ended._take_all",
        "providers.http2.connection:Connection.data_received",
        "providers.http2.connection:Connection._flush",
    ),
    "settle": (
        "worker.settler:Settler.run",
        "worker.sender:Sender._settled",
        "worker.sender:Sender._all_accepted",
        "worker.lane:Lane._free",
    ),
}
STAGES = (*BOUNDARIES, LOOP)


def install(clock: StageClock) -> None:
    """Put the clock into every function of the table; call before the engine is made."""
    for stage, names in BOUNDARIES.items():
        for name in names:
            owner, attribute = owner_of(name)
            setattr(owner, attribute, clock.timed(getattr(owner, attribute), stage))


def owner_of(name: str) -> tuple[Any, str]:
    """Return the module or class that has a function of the table, and the function's name there."""
    module, _, path = name.partition(":")
    *outer, attribute = path.split(".")
    return reduce(getattr, outer, importlib.import_module(module)), attribute
