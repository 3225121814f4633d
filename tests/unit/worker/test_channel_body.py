"""Whatever a caller sends as a channel is taken, or refused with a reason: it never breaks anything."""

import asyncio
import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from providers.credentials import CredentialError
from worker.api.channel_body import ApnsBody, ChannelBody, FcmBody, HuaweiBody, secrets_in, settings_of
from worker.api.refusals import Refusal
from worker.channel_record import SECRET_FILES, SETTINGS, Vault, addressed, channel_of
from worker.channels import provider_of
from worker.config_channels import ApnsChannel, FcmChannel, HuaweiChannel
from worker.config_faults import ConfigError
from worker.config_sections import ApiSettings
from worker.credential_facts import facts_of

#: What becomes a 400 with a reason.
TOLD = (ValidationError, Refusal, ConfigError, CredentialError)
BODY: TypeAdapter[Any] = TypeAdapter(ChannelBody)
MODELS: dict[str, tuple[type[BaseModel], type[BaseModel]]] = {
    "apns": (ApnsBody, ApnsChannel),
    "fcm": (FcmBody, FcmChannel),
    "huawei": (HuaweiBody, HuaweiChannel),
}
PEM = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
TEXTS = st.text(max_size=20) | st.sampled_from([PEM, "x", "v2", "v3", base64.b64encode(b"x" * 40).decode(), "\ud800"])
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.dictionaries(TEXTS, inner, max_size=3),
)
ACCOUNT_NAMES = ["type", "project_id", "private_key", "client_email", "token_uri", "key_id", "sub_account"]
ACCOUNTS = st.dictionaries(st.sampled_from(ACCOUNT_NAMES), VALUES)
OWN = {vendor: sorted(body.model_fields.keys() - {"provider"}) for vendor, (body, _) in MODELS.items()}
BODIES = st.sampled_from(sorted(MODELS)).flatmap(
    lambda vendor: st.dictionaries(st.sampled_from(OWN[vendor]), TEXTS | VALUES | ACCOUNTS, min_size=1).map(
        lambda members: {"provider": vendor, **members}
    )
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BODIES)
def test_nothing_breaks(body: dict[str, Any]) -> None:
    """Garbage in any member is one of the refusals that a caller is told."""
    try:
        found = BODY.validate_python(json.loads(json.dumps(body)))
        secrets = addressed(secrets_in(found), found.provider, ApiSettings())
        channel = channel_of("n", found.provider, settings_of(found), secrets, ApiSettings())
        asyncio.run(opened(channel, Vault(secrets)))
    except TOLD:
        return


async def opened(channel: Any, vault: Vault) -> None:
    """Make its provider, and tell of its credential."""
    await provider_of(channel, vault.read).aclose()
    facts_of(channel, vault.read, lambda _: "mark")


@pytest.mark.parametrize("vendor", MODELS)
def test_a_body_is_the_channel_of_the_file_without_what_leads_elsewhere(vendor: Any) -> None:
    """Each setting of the file can be given but for the way to the vendor; each can be stored, and no other."""
    body, channel = MODELS[vendor]
    given_over_http = {SECRET_FILES.get(name, name) for name in body.model_fields}
    elsewhere = {"endpoint", "token_endpoint", "ca_file", "proxy", "concurrency"}
    assert given_over_http == set(channel.model_fields) - elsewhere
    kept = body.model_fields.keys() - {"provider", "notifier", "enabled"} - SECRET_FILES.keys()
    assert kept == SETTINGS[vendor]


@pytest.mark.parametrize("name", ["endpoint", "proxy", "ca_file", "key_file", "colour"])
def test_a_record_leads_nowhere_else(name: str) -> None:
    """Not even somebody who can write to Redis has a channel's secrets sent elsewhere."""
    with pytest.raises(ConfigError, match=f"{name}: unknown key"):
        channel_of("n", "apns", {"topic": "t", name: "https://evil.example"}, ["key"], ApiSettings())


def test_only_what_is_used_of_a_service_account_is_kept() -> None:
    """The OAuth address is the operator's, or Google's own; the account's own word does not count."""
    account = {"private_key": "k", "project_id": "p", "token_uri": "https://evil.example", "universe_domain": "evil"}
    body = FcmBody.model_validate({"provider": "fcm", "service_account": account})
    kept = secrets_in(body)
    assert json.loads(kept["service_account"]) == {"private_key": "k", "project_id": "p"}
    uri = json.loads(addressed(kept, "fcm", ApiSettings())["service_account"])["token_uri"]
    assert uri == "https://oauth2.googleapis.com/token"
    ours = ApiSettings.model_validate({"vendors": {"fcm": {"token_endpoint": "https://relay.example/token"}}})
    assert json.loads(addressed(kept, "fcm", ours)["service_account"])["token_uri"] == "https://relay.example/token"
