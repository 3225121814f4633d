"""Secrets at rest: what opens, and what does not."""

import base64
import os
from pathlib import Path

import pytest

from worker.store.secrets import KeyFileError, Secrets, SecretsError, load_secrets

VALUES = {"key": b"-----BEGIN PRIVATE KEY-----", "cert": bytes(range(256))}
OLD, NEW = b"o" * 32, b"n" * 32
PLACE = ("org#app", "com.example.app")


def line(key: bytes) -> str:
    """Return a key as its file has it."""
    return base64.b64encode(key).decode()


def test_what_is_sealed_opens_again() -> None:
    """The same bytes, and nothing of them in between; the same secret is sealed differently each time."""
    secrets = Secrets((OLD,))
    texts = {secrets.seal(VALUES, *PLACE) for _ in range(10)}
    assert len(texts) == 10
    assert all(secrets.open(text, *PLACE) == VALUES for text in texts)
    assert not any("BEGIN" in text for text in texts)


@pytest.mark.parametrize("place", [("org#app", "other"), ("org#other", "com.example.app"), ("org#app\ncom", "example")])
def test_it_opens_only_in_its_place(place: tuple[str, str]) -> None:
    """A record that is copied to another app or channel opens nothing there."""
    secrets = Secrets((OLD,))
    with pytest.raises(SecretsError, match="another channel"):
        secrets.open(secrets.seal(VALUES, *PLACE), *place)


def test_what_was_changed_does_not_open() -> None:
    """Each bit counts."""
    secrets = Secrets((OLD,))
    name, _, encoded = secrets.seal(VALUES, *PLACE).partition(":")
    data = base64.b64decode(encoded)
    for index in (0, 11, 12, len(data) - 1):
        changed = bytearray(data)
        changed[index] ^= 1
        with pytest.raises(SecretsError, match="changed"):
            secrets.open(f"{name}:{base64.b64encode(bytes(changed)).decode()}", *PLACE)


@pytest.mark.parametrize("text", ["", ":", "nonsense", f"{'0' * 16}:AAAA"])
def test_nonsense_does_not_open(text: str) -> None:
    """What was never sealed names no key that is known."""
    with pytest.raises(SecretsError, match="secrets_key_file"):
        Secrets((OLD,)).open(text, *PLACE)


def test_keys_are_changed_without_a_gap() -> None:
    """With the new key in front what is sealed now and what was sealed before opens; without the old one, no more."""
    before = Secrets((OLD,)).seal(VALUES, *PLACE)
    both = Secrets((NEW, OLD))
    after = both.seal(VALUES, *PLACE)
    assert both.open(before, *PLACE) == both.open(after, *PLACE) == VALUES
    assert (both.is_current(before), both.is_current(after)) == (False, True)
    with pytest.raises(SecretsError, match="not in"):
        Secrets((NEW,)).open(before, *PLACE)


def test_a_mark_tells_nothing_without_the_key() -> None:
    """The same for the same secret and key, another one for another of either."""
    mark = Secrets((OLD,)).mark(b"secret")
    assert mark == Secrets((OLD, NEW)).mark(b"secret")
    assert len({mark, Secrets((OLD,)).mark(b"other"), Secrets((NEW,)).mark(b"secret")}) == 3


def test_a_file_of_keys(tmp_path: Path) -> None:
    """One key a line, the first seals; empty lines and remarks do not count."""
    path = tmp_path / "keys"
    path.write_text(f"# since June\n\n{line(NEW)}\n  {line(OLD)}\n")
    secrets = load_secrets(path)
    assert secrets.open(Secrets((OLD,)).seal(VALUES, *PLACE), *PLACE) == VALUES
    assert Secrets((NEW,)).open(secrets.seal(VALUES, *PLACE), *PLACE) == VALUES


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "holds no key"),
        ("# nothing\n", "holds no key"),
        ("hunter2", ":1: not 32 bytes"),
        (f"{line(OLD)}\n{line(b'short')}", ":2: not 32 bytes"),
        (f"{line(OLD)} {line(NEW)}", ":1: not 32 bytes"),
        ("ü" * 43, ":1: not 32 bytes"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: str, complaint: str) -> None:
    """One line with the place, and nothing of what stands there."""
    path = tmp_path / "keys"
    path.write_text(content)
    with pytest.raises(KeyFileError, match=complaint) as caught:
        load_secrets(path)
    assert str(caught.value).startswith(str(path))
    assert "hunter2" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """It says which."""
    with pytest.raises(KeyFileError, match=f"{tmp_path}{os.sep}keys: no such file"):
        load_secrets(tmp_path / "keys")
