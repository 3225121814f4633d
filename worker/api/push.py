"""Easemob's interface for offline push: its routers, each with the store it needs."""

from fastapi import APIRouter
from redis.asyncio import Redis

from worker.api import (
    badge,
    bindings,
    conversations,
    language,
    nicknames,
    online,
    own_template,
    presence,
    settings,
    statistics,
    templates,
    users,
)
from worker.api.features import Consoles
from worker.api.templates import AppTemplates
from worker.clock import Clock
from worker.config import Config
from worker.console import policy_of
from worker.store.bindings import BindingStore
from worker.store.console import ConsoleStore
from worker.store.keys import Partitions
from worker.store.online import OnlineStore
from worker.store.producer import Producer
from worker.store.scripts import Scripts
from worker.store.settings import SettingsStore
from worker.store.statistics import StatisticsStore


def routers(config: Config, client: Redis, consoles: Consoles, clock: Clock) -> list[APIRouter]:
    """Return all of them; ``consoles`` are looked at anew with each request."""
    scripts, partitions = Scripts(client), Partitions(config.redis.partitions)
    files = {appkey: policy_of(appkey, app).templates for appkey, app in config.apps.items()}
    of_users, of_devices = SettingsStore(scripts, partitions), BindingStore(scripts, partitions)
    return [
        conversations.router(of_users, consoles, clock),  # before what takes any path below its own
        settings.router(of_users, consoles, clock),
        language.router(of_users),
        own_template.router(of_users, consoles),
        templates.router(AppTemplates(ConsoleStore(client), files, consoles, clock)),
        users.router(of_users, of_devices, consoles, clock),
        nicknames.router(of_users),
        bindings.router(of_devices),
        badge.router(of_users),
        online.router(OnlineStore(scripts, partitions), clock),
        presence.router(Producer(scripts, partitions), clock),
        statistics.router(StatisticsStore(scripts, partitions)),
    ]
