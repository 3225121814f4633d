"""``offline-push worker``: run worker processes in the foreground."""

import os
import sys
from contextlib import ExitStack
from enum import Enum
from typing import Annotated

import typer

from worker.cli.options import ConfigFile, configured


class LogLevel(str, Enum):
    """Which log lines are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"


def run(
    processes: Annotated[int, typer.Option(min=1, max=256, help="Worker processes; one for each core is enough.")] = 1,
    config: ConfigFile = None,
    log_level: Annotated[LogLevel, typer.Option(help="Which log lines are written.")] = LogLevel.INFO,
) -> None:
    """Run worker processes until SIGTERM or Ctrl-C; both drain what is in flight.

    Without redis.url an embedded Valkey is started with them. Several workers, on any number of machines, share
    the work of one Redis.
    """
    from worker.bootstrap import check_channels
    from worker.embedded import embedded_server
    from worker.processes import Children
    from worker.redis_access import check_redis
    from worker.supervisor import celery_command, exec_worker, supervise

    settings = configured(config)
    check_channels(settings)
    if not settings.redis.is_embedded:
        check_redis(settings)
        if processes == 1:
            exec_worker(celery_command(log_level.value, 1))
    with Children() as children, ExitStack() as stack:
        environment = dict(os.environ)
        if settings.redis.is_embedded:
            url = stack.enter_context(embedded_server(children, data_dir=settings.redis.data_dir)).url
            sys.stderr.write(f"embedded Valkey on {url}\n")
            environment["OFFLINE_PUSH_REDIS__URL"] = url
        supervise(children, log_level.value, processes, environment, settings.worker)
