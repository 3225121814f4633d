"""Secrets at rest: AES-256-GCM, so that a copy of Redis's data opens no vendor's account.

The key stays in a file of the hosts (``api.secrets_key_file``): one key a line, 32 bytes in base64. The first seals,
all of them open, which is how keys are changed. What is sealed opens only in the place that it was sealed for.
"""

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY_BYTES, _NONCE_BYTES, _ID_DIGITS = 32, 12, 16
_VALUES = msgspec.json.Decoder(dict[str, bytes])
_JSON = msgspec.json.Encoder()


class SecretsError(Exception):
    """Secrets cannot be opened: one line without their content."""


class KeyFileError(ValueError):
    """The file of keys cannot be used: one line without their content."""


class Secrets:
    """Seals and opens sets of named secrets."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        """Take keys of 32 bytes each, that which seals first."""
        self._ciphers = {key_id(key): AESGCM(key) for key in keys}
        self._sealing, self._key = key_id(keys[0]), keys[0]

    def seal(self, values: Mapping[str, bytes], appkey: str, notifier: str) -> str:
        """Return the values of a channel as a text: the key's id, then nonce and ciphertext in base64."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._sealing].encrypt(nonce, _JSON.encode(dict(values)), _place(appkey, notifier))
        return f"{self._sealing}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, text: str, appkey: str, notifier: str) -> dict[str, bytes]:
        """Return the values of a channel.

        Raises:
            SecretsError: the key is not known here, or the text was changed or is another channel's.
        """
        name, _, encoded = text.partition(":")
        if name not in self._ciphers:
            raise SecretsError("sealed with a key that is not in api.secrets_key_file")
        try:
            data = base64.b64decode(encoded, validate=True)
            opened = self._ciphers[name].decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _place(appkey, notifier))
        except (InvalidTag, ValueError):  # binascii.Error is a ValueError
            raise SecretsError("sealed for another channel, or changed since") from None
        return _VALUES.decode(opened)

    def is_current(self, text: str) -> bool:
        """Return whether a text is sealed with the key that seals now."""
        return text.partition(":")[0] == self._sealing

    def mark(self, secret: bytes) -> str:
        """Return a fingerprint of a secret that has no public half: it tells nothing without the key."""
        return hmac.new(self._key, b"fingerprint\0" + secret, hashlib.sha256).hexdigest()


def load_secrets(path: Path) -> Secrets:
    """Read a file of keys; empty lines and those that begin with # do not count.

    Raises:
        KeyFileError: the file cannot be read, holds no key, or a line is none.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise KeyFileError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    counted = [(number, line.strip()) for number, line in enumerate(lines, 1)]
    keys = [_key(line, f"{path}:{number}") for number, line in counted if line and not line.startswith(b"#")]
    if not keys:
        raise KeyFileError(f"{path}: holds no key (make one with: openssl rand -base64 32)")
    return Secrets(tuple(keys))


def key_id(key: bytes) -> str:
    """Return the name of a key, from which it cannot be found."""
    return hashlib.sha256(b"offline-push key id\0" + key).hexdigest()[:_ID_DIGITS]


def _key(line: bytes, place: str) -> bytes:
    try:
        key = base64.b64decode(line, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES:
        raise KeyFileError(f"{place}: not {_KEY_BYTES} bytes in base64")
    return key


def _place(appkey: str, notifier: str) -> bytes:
    """Return what ties a text to its channel. An app key holds no line end."""
    return f"{appkey}\n{notifier}".encode()
