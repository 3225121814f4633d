"""The keys of delivery receipts in a Huawei channel."""

from pathlib import Path

import pytest

from worker.config import load_config
from worker.config_faults import ConfigError

CHANNEL = """
[[apps."org#app".channels]]
notifier = "104410638"
provider = "huawei"
secret_file = "secret"
"""


def write(folder: Path, keys: str) -> Path:
    """Write a configuration with these keys of the channel."""
    for name in ("secret", "receipt"):
        (folder / name).write_text("x")
    path = folder / "config.toml"
    path.write_text(CHANNEL + keys)
    return path


def test_both_are_read(tmp_path: Path) -> None:
    """User name and key file are read; the file is relative to the configuration."""
    config = load_config(write(tmp_path, "receipt_user = 'u'\nreceipt_secret_file = 'receipt'\n"), {})
    (channel,) = config.apps["org#app"].channels
    assert channel.model_dump(include={"receipt_user", "receipt_secret_file"}) == {
        "receipt_user": "u",
        "receipt_secret_file": tmp_path / "receipt",
    }


@pytest.mark.parametrize("keys", ["receipt_user = 'u'\n", "receipt_secret_file = 'receipt'\n"])
def test_one_without_the_other_is_refused(tmp_path: Path, keys: str) -> None:
    """Half a credential is a mistake with the channel's path."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, keys), {})
    assert caught.value.faults == ("apps.org#app.channels[0]: receipt_user and receipt_secret_file go together",)
