"""Whether the process is up, whether it can serve, and its metrics: for orchestrators, not for the public."""

import asyncio
from typing import Literal

from fastapi import APIRouter, HTTPException, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from redis.asyncio import Redis
from redis.exceptions import RedisError

#: A probe that hangs tells an orchestrator less than one that fails.
_PING_S = 2.0
_UNAVAILABLE = 503


class Health(BaseModel):
    """The answer of a probe that succeeds."""

    status: Literal["ok"] = "ok"


def router(client: Redis) -> APIRouter:
    """Return the routes; ``client`` is the Redis that serving needs."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/healthz")
    async def healthz() -> Health:
        """The process is up."""
        return Health()

    @routes.get("/readyz", responses={_UNAVAILABLE: {"description": "Redis does not answer"}})
    async def readyz() -> Health:
        """The process is up and Redis answers."""
        if not await _answers(client):
            raise HTTPException(_UNAVAILABLE, "redis does not answer")
        return Health()

    @routes.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        """This process's metrics, for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _answers(client: Redis) -> bool:
    try:
        async with asyncio.timeout(_PING_S):
            return bool(await client.ping())
    except (RedisError, OSError):  # TimeoutError is an OSError
        return False
