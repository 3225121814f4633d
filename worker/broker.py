"""Celery's broker: what is configured, or by default the Redis that holds the state."""

from typing import Any
from urllib.parse import urlsplit

from redis.backoff import NoBackoff
from redis.retry import Retry

from worker.config import Config
from worker.redis_access import place_of
from worker.store.client_options import client_options, without_address
from worker.store.place import Sentinels

_OPTIONS: dict[str, Any] = {
    "global_keyprefix": "push:celery:",
    "visibility_timeout": 300,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "priority_steps": [0],
}
_ASK_S = 1.0


def broker_settings(config: Config) -> dict[str, Any]:
    """Return Celery's settings of its broker.

    Raises:
        ConfigError: no broker and no Redis is configured, or a secret file cannot be read.
    """
    given = config.celery.broker_url
    if given:
        master = config.celery.broker_master or config.redis.master
        own = {"master_name": master} if given.startswith("sentinel") else {}
        return {"broker_url": given, "broker_transport_options": _OPTIONS | own}
    place = place_of(config)
    if isinstance(place, Sentinels):
        return _on_sentinel(place)
    return {"broker_url": default_broker_url(str(place)), "broker_transport_options": _OPTIONS}


def _on_sentinel(place: Sentinels) -> dict[str, Any]:
    """Return the settings for database 1 of a master: each URL in the list has the servers' credentials.

    https://docs.celeryq.dev/projects/kombu/en/stable/reference/kombu.transport.redis.html
    """
    login = urlsplit(place.url).netloc.rpartition("@")[0]
    start = f"sentinel://{login}@" if login else "sentinel://"
    options, is_tls = without_address(client_options(place.url))
    tls = {name: value for name, value in options.items() if name.startswith("ssl_")}
    sentinel = {
        "socket_timeout": _ASK_S,
        "socket_connect_timeout": _ASK_S,
        # Its default would wait for each dead sentinel in ten rounds.
        "retry": Retry(NoBackoff(), 0),
        "username": place.username,
        "password": place.password,
        "ssl": is_tls,
        **tls,
    }
    return {
        "broker_url": ";".join(f"{start}{address}/1" for address in place.addresses),
        "broker_transport_options": _OPTIONS | {"master_name": place.master, "sentinel_kwargs": sentinel},
        # Not empty, or kombu would take it for no TLS.
        "broker_use_ssl": {"ssl_cert_reqs": "required"} | tls if is_tls else None,
    }


def default_broker_url(redis_url: str) -> str:
    """Return a broker URL on the same server as ``redis_url``: database 1, its query kept.

    kombu's name for a unix socket differs from redis-py's:
    https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html
    """
    parts = urlsplit(redis_url)
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}?virtual_host=1"
    return parts._replace(path="/1").geturl()
