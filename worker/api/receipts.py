"""Huawei's delivery receipts: ``POST /huawei/receipts/{org}/{app}/{notifier}``, the channel's callback address.

https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-api-msg-receipt
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Request

from providers.huawei_callback import Caller
from providers.huawei_receipts import DELIVERED, status_of
from worker.api.caller_first import CallerFirst, Judged, found
from worker.api.receipt_body import Answer, Receipts, Status
from worker.api.segments import whole
from worker.clock import Clock
from worker.config import Config, read_secret, secret_text
from worker.config_channels import HuaweiChannel
from worker.consoles import Consoles
from worker.metrics import RECEIPTS
from worker.store.receipts import Receipt, ReceiptStore

PREFIX = "/huawei/receipts/"
_PROVIDER, _SIGNATURE = "huawei", "X-HUAWEI-CALLBACK-ID"
_REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Answer, "description": "400 malformed, 401 wrong signature, 404 unknown channel, 413 too large"},
    503: {"model": Answer, "description": "Redis does not answer; nothing was applied"},
}


@dataclass(frozen=True, slots=True)
class ReceiptChannel:
    """A channel whose receipts we take, and who may post them."""

    appkey: str
    notifier: str
    caller: Caller


class _Huawei(Judged):
    async def __call__(
        self,
        request: Request,
        org: str,  # noqa: ARG002
        app: str,  # noqa: ARG002
        notifier: str,  # noqa: ARG002
        signature: Annotated[str, Header(alias=_SIGNATURE)] = "",  # noqa: ARG002
    ) -> Any:
        return found(request)


def router(config: Config, consoles: Consoles, store: ReceiptStore, clock: Clock) -> APIRouter:
    """Return the route. The channels of ``consoles`` count beside those of the configuration file.

    Raises:
        ConfigError: a channel's ``receipt_secret_file`` cannot be used.
    """
    channels = {(channel.appkey, channel.notifier): channel for channel in _channels(config)}
    routes = APIRouter(tags=["huawei"], route_class=CallerFirst)

    async def signed(request: Request) -> ReceiptChannel:
        org, app, name = (request.path_params[each] for each in ("org", "app", "notifier"))
        appkey, notifier = f"{org}#{app}", whole(name)
        channel = channels.get((appkey, notifier)) or _made_over_http(consoles, appkey, notifier)
        if channel is None:
            raise HTTPException(404, "no channel that takes receipts")
        if not channel.caller.has_signed(request.headers.get(_SIGNATURE, ""), clock()):
            raise HTTPException(401, "wrong signature")
        return channel

    @routes.post(f"{PREFIX}{{org}}/{{app}}/{{notifier}}", responses=_REFUSALS)
    async def receipts(channel: Annotated[ReceiptChannel, Depends(_Huawei(signed))], body: Receipts) -> Answer:
        """Take delivery receipts, V1 or V2, as Huawei posts them. Repeats and unknown messages are fine."""
        found = [receipt for status in body.statuses if (receipt := _receipt(status))]
        changed = await store.apply(channel.appkey, channel.notifier, _PROVIDER, found, clock())
        for receipt, count in zip(found, changed, strict=True):
            RECEIPTS.labels(_PROVIDER, receipt.outcome).inc(count)
        return Answer()

    return routes


def answer(status: int, text: str) -> dict[str, Any]:
    """Return a refusal in the shape of Huawei's interface."""
    return Answer(errno=status, errmsg=text, code=str(status), message=text).model_dump()


def _made_over_http(consoles: Consoles, appkey: str, notifier: str) -> ReceiptChannel | None:
    live = consoles.channel(appkey, notifier) if appkey in consoles else None
    channel = live.channel if live else None
    if live is None or not isinstance(channel, HuaweiChannel):
        return None
    if not channel.receipt_user or not channel.receipt_secret_file:
        return None
    secret = secret_text(live.read(channel.receipt_secret_file), "receipt_secret").get_secret_value()
    return ReceiptChannel(appkey, notifier, Caller(channel.receipt_user, secret))


def _channels(config: Config) -> list[ReceiptChannel]:
    return [
        ReceiptChannel(appkey, channel.notifier, Caller(channel.receipt_user, _secret(channel)))
        for appkey, app in config.apps.items()
        for channel in app.channels
        if isinstance(channel, HuaweiChannel) and channel.receipt_user
    ]


def _secret(channel: HuaweiChannel) -> str:
    return read_secret(channel.receipt_secret_file).get_secret_value() if channel.receipt_secret_file else ""


def _receipt(status: Status) -> Receipt | None:
    """Return what the store has to know; None for what is not about a push of ours."""
    code = status.code
    if code is None or not status.msg_id:
        return None
    meaning = status_of(code)
    is_delivered = code == DELIVERED
    return Receipt(
        status.msg_id,
        status.request_id,
        status.token,
        state=meaning.word if is_delivered else f"receipt {code} {meaning.word}",
        outcome=meaning.word if is_delivered else f"receipt_{code}",
        is_token_dead=meaning.is_token_dead,
    )
