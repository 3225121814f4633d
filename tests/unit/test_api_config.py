"""The section [api] of the configuration."""

from pathlib import Path

import pytest

from worker.config import load_config
from worker.config_faults import ConfigError


def write(folder: Path, keys: str) -> Path:
    """Write a configuration with these keys of the section."""
    path = folder / "config.toml"
    path.write_text(f"[api]\n{keys}\n")
    return path


def test_keys_are_read(tmp_path: Path) -> None:
    """Each key, and addresses as everybody writes them; a single key from the environment wins."""
    path = write(tmp_path, "rate_per_s = 5\ntrusted_proxies = ['10.0.0.0/8', '2001:DB8::1']\n")
    api = load_config(path, {"OFFLINE_PUSH_API__TOKEN_TTL_S": "60"}).api
    assert (api.rate_per_s, api.token_ttl_s) == (5, 60)
    assert api.trusted_proxies == ("10.0.0.0/8", "2001:db8::1")


FAULTY = {
    "rate_per_s = 0": "api.rate_per_s",
    "token_ttl_s = 0": "api.token_ttl_s",
    "token_ttl_s = 31536001": "api.token_ttl_s",
    "trusted_proxies = ['proxy.example']": "api.trusted_proxies[0]: must be an IP address",
    "trusted_proxies = ['10.0.0.1/8']": "api.trusted_proxies[0]: must be an IP address",
    "trusted_proxies = ['*']": "api.trusted_proxies[0]: must be an IP address",
    "port = 8080": "api.port",
}


@pytest.mark.parametrize(("keys", "fault"), FAULTY.items())
def test_what_cannot_work_is_refused(tmp_path: Path, keys: str, fault: str) -> None:
    """One line with the path of the fault."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, keys), {})
    (line,) = caught.value.faults
    assert fault in line


def test_a_kubernetes_service_is_no_key(tmp_path: Path) -> None:
    """What Kubernetes tells the pods beside a service called offline-push-api is passed over."""
    variables = {"OFFLINE_PUSH_API_PORT": "tcp://10.0.0.1:80", "OFFLINE_PUSH_API_SERVICE_HOST": "10.0.0.1"}
    assert load_config(write(tmp_path, ""), variables).api.rate_per_s == 100
