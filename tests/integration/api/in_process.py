"""The API inside the test's own process, on a real Redis: for answers whose traceback belongs in no log."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from tests.integration.api.callers import credentials
from tests.integration.configuration import write_configuration
from worker.api.app import build
from worker.config import load_config
from worker.redis_access import connection_of


def answered(folder: Path, redis_url: str, method: str, path: str, **request: Any) -> httpx.Response:
    """Return the answer to one request."""
    write_configuration(folder / "config.toml", redis_url, {}, app=credentials(folder))
    return asyncio.run(_answered(folder / "config.toml", method, path, request))


async def _answered(configuration: Path, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
    config = load_config(configuration, {})
    connection = connection_of(config)
    transport = httpx.ASGITransport(build(config, connection), raise_app_exceptions=False)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
            return await client.request(method, path, **request)
    finally:
        await connection.aclose()
