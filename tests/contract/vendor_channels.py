"""Every provider in every way it can be made: channel name -> vendor, and how the worker would build it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from providers.apns import STREAMS, Apns
from providers.apns_token import ProviderToken
from providers.base import Provider
from providers.fcm import Fcm
from providers.fcm_message import FcmStyle
from providers.huawei import Api, Huawei
from providers.transport import Http, Transport
from tests.contract.fake_vendors import TOPIC, FakeVendors

#: Takes the running vendors and options of the Transport, one of which may be another ``origin``.
Build = Callable[..., Provider]


@dataclass(frozen=True, slots=True)
class Channel:
    """One way to make a provider."""

    vendor: str
    build: Build
    #: The path at which it asks for access tokens; None asks nobody.
    token_path: str | None = None


def _wire(vendors: FakeVendors, vendor: str, options: dict[str, Any]) -> Transport:
    settings = {"origin": vendors.simulator.endpoints[vendor], "ca_file": str(vendors.simulator.ca_file)}
    return Transport(**(settings | options))


def _apns_key(vendors: FakeVendors, **options: Any) -> Provider:
    pem = Path(vendors.credential("apns", "key_file")).read_bytes()
    token = ProviderToken(pem, vendors.credential("apns", "key_id"), vendors.credential("apns", "team_id"))
    return Apns(_wire(vendors, "apns", {"streams": STREAMS} | options), TOPIC, token)


def _apns_certificate(vendors: FakeVendors, **options: Any) -> Provider:
    identity = vendors.simulator.authority.issue_apns_certificate(TOPIC, f"{TOPIC}.voip")
    return Apns(_wire(vendors, "apns", {"streams": STREAMS, "identity_pem": identity} | options), TOPIC, None)


def _fcm(style: FcmStyle, vendors: FakeVendors, **options: Any) -> Provider:
    account = vendors.credential("fcm", "service_account_file")
    ca_file = str(vendors.simulator.ca_file)
    return Fcm(_wire(vendors, "fcm", options), account, ca_file=ca_file, style=style, channel_id="chat")


def _huawei_by_secret(api: Api, vendors: FakeVendors, **options: Any) -> Provider:
    return Huawei(
        _wire(vendors, "huawei", {"http": Http.NEGOTIATE} | options),
        api,
        app_id=vendors.credential("huawei", "app_id"),
        project_id=vendors.credential("huawei", "project_id"),
        secret=Path(vendors.credential("huawei", "secret_file")).read_text(encoding="utf-8"),
        token_endpoint=vendors.credential("huawei", "token_url"),
        ca_file=str(vendors.simulator.ca_file),
        badge_class=f"{TOPIC}.Main",
    )


def _huawei_v3(vendors: FakeVendors, **options: Any) -> Provider:
    account = vendors.credential("huawei", "service_account_file")
    wire = _wire(vendors, "huawei", {"http": Http.NEGOTIATE} | options)
    return Huawei(wire, "v3", service_account=account, badge_class=f"{TOPIC}.Main")


_GOOGLE_TOKENS: Final = "/token"
_HUAWEI_TOKENS: Final = "/oauth2/v3/token"

CHANNELS: Final[dict[str, Channel]] = {
    "apns_key": Channel("apns", _apns_key),
    "apns_certificate": Channel("apns", _apns_certificate),
    "fcm_notification": Channel("fcm", partial(_fcm, FcmStyle.NOTIFICATION), _GOOGLE_TOKENS),
    "fcm_data": Channel("fcm", partial(_fcm, FcmStyle.DATA), _GOOGLE_TOKENS),
    "fcm_both": Channel("fcm", partial(_fcm, FcmStyle.BOTH), _GOOGLE_TOKENS),
    "huawei_v1": Channel("huawei", partial(_huawei_by_secret, "v1"), _HUAWEI_TOKENS),
    "huawei_v2": Channel("huawei", partial(_huawei_by_secret, "v2"), _HUAWEI_TOKENS),
    "huawei_v3": Channel("huawei", _huawei_v3),
}

#: Channel name -> vendor.
VENDORS: Final[dict[str, str]] = {name: channel.vendor for name, channel in CHANNELS.items()}

#: The channels whose wires differ: FCM's styles are three messages on one kind of wire.
WIRES: Final[dict[str, str]] = {
    name: vendor for name, vendor in VENDORS.items() if name not in {"fcm_notification", "fcm_data"}
}
