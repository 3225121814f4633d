"""The Celery app: ``celery -A worker.app worker -P threads``. It reads its configuration when it starts, not here."""

import os
from typing import Any

from celery import Celery, signals

from worker.broker import broker_settings
from worker.celery_noise import quiet_celery
from worker.config import load_config
from worker.logs import configure_logs
from worker.step import DispatchStep

#: Queue of the low-rate tasks.
QUEUE = "push.control"


def _defaults() -> dict[str, Any]:
    """Return Celery's settings; Celery asks when it first needs one."""
    return broker_settings(load_config(None, os.environ)) | {
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        # A broker that refuses (READONLY, NOREPLICAS, MISCONF) must not end the worker: it dispatches without it.
        "broker_channel_error_retry": True,
        "worker_consumer": "worker.celery_consumer:PatientConsumer",
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": QUEUE,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_disable_rate_limits": True,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }


app = Celery("offline-push", include=["worker.tasks"])
app.add_defaults(_defaults)
app.steps["worker"].add(DispatchStep)


@signals.setup_logging.connect(weak=False)  # type: ignore[untyped-decorator]  # celery has no type information
def _setup_logging(loglevel: int = 20, **_: Any) -> None:
    configure_logs({10: "DEBUG", 20: "INFO", 30: "WARNING"}.get(loglevel, "INFO"))
    quiet_celery()
