"""A service account, Google's or Huawei's: a JSON file with a private key in it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from providers.credentials import CredentialError

#: The file, or what it holds.
ServiceAccountSource = Mapping[str, Any] | str | Path


def service_account(source: ServiceAccountSource) -> Mapping[str, Any]:
    """Return the members of a service account, read from its file if need be.

    Raises:
        CredentialError: the file cannot be read or is no JSON object; the line names the file, never its content.
    """
    return source if isinstance(source, Mapping) else _read(Path(source))


def members_of(data: bytes, name: str) -> dict[str, Any]:
    """Return the members that a file held; ``name`` says in an error where it came from.

    Raises:
        CredentialError: it is no JSON object.
    """
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise CredentialError(f"{name}: not a JSON object") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CredentialError(f"{path}: {error.strerror}") from error
    return members_of(data, str(path))
