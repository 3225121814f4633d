"""The configuration: one TOML file, each key overridable from the environment.

Names, defaults and meanings stand beside the fields: ``config_sections`` ([redis], [celery], [worker], [api]),
``config_apps`` ([apps."org#app"]) and ``config_channels`` ([[apps."org#app".channels]]).
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator

from worker.config_apps import AppSettings
from worker.config_environment import CONFIG_VARIABLE, override
from worker.config_faults import ConfigError, os_fault, validation_faults
from worker.config_sections import ApiSettings, CelerySettings, RedisSettings, WorkerSettings
from worker.config_types import AppKey, Section


class Config(Section):
    """All there is to configure; every part has defaults, so that an empty file is valid."""

    redis: RedisSettings = RedisSettings()
    celery: CelerySettings = Field(default=CelerySettings(), validate_default=True)
    worker: WorkerSettings = WorkerSettings()
    api: ApiSettings = ApiSettings()
    apps: dict[AppKey, AppSettings] = Field(default_factory=dict)

    @field_validator("celery", mode="after")
    @classmethod
    def _has_a_broker(cls, celery: CelerySettings, info: ValidationInfo) -> CelerySettings:
        redis: RedisSettings | None = info.data.get("redis")
        if redis and redis.cluster and not celery.broker_url:
            raise ValueError("broker_url is missing: Celery cannot use redis.cluster, it needs a broker of its own")
        if redis and (celery.broker_url or "").startswith("sentinel") and not (celery.broker_master or redis.master):
            raise ValueError("a broker_url of Sentinel needs broker_master")
        return celery


def load_config(path: Path | None, env: Mapping[str, str], *, check_files: bool = True) -> Config:
    """Return the configuration of ``path``, else of ``OFFLINE_PUSH_CONFIG``, else the defaults, overridden by ``env``.

    ``check_files=False`` accepts key and secret files that are not here: deciding without sending needs none.

    Raises:
        ConfigError: With one line per fault.
    """
    source = path or (Path(env[CONFIG_VARIABLE]) if env.get(CONFIG_VARIABLE) else None)
    data = override(_read_toml(source) if source else {}, env, tuple(Config.model_fields))
    context = {"directory": source.parent if source else Path(), "check_files": check_files}
    try:
        return Config.model_validate(data, context=context)
    except ValidationError as error:
        raise ConfigError(validation_faults(error)) from None


def read_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: {os_fault(error)}"]) from None


def read_secret(path: Path) -> SecretStr:
    """Return the text of a secret file without the line end an editor leaves.

    Raises:
        ConfigError: The file cannot be read, is empty or is not text.
    """
    return secret_text(read_bytes(path), str(path))


def secret_text(data: bytes, name: str) -> SecretStr:
    """Return the text of what a secret file held; ``name`` says in an error where it came from.

    Raises:
        ConfigError: it is empty or not text.
    """
    secret = _text(data, name).rstrip("\r\n")
    if not secret:
        raise ConfigError([f"{name}: is empty"])
    return SecretStr(secret)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read_text(path))
    except tomllib.TOMLDecodeError as error:  # says the line
        raise ConfigError([f"{path}: {error}"]) from None


def _read_text(path: Path) -> str:
    return _text(read_bytes(path), str(path))


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigError([f"{name}: is not UTF-8 text"]) from None
