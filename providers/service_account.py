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


def _read(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise CredentialError(f"{path}: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise CredentialError(f"{path}: not a JSON object") from None
