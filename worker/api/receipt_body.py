"""The JSON of Huawei's receipt interface, both versions. Members that we have no use for are ignored.

V1: https://developer.huawei.com/consumer/en/doc/HMSCore-References-V5/https-send-receipt-api-0000001051066120-V5
V2: https://developer.huawei.com/consumer/cn/doc/harmonyos-references/push-api-msg-receipt
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: Huawei's own are below 300.
_Code = Annotated[int, Field(ge=0, le=9_999)]
_Text = Annotated[str, Field(max_length=4_096)]


class _Part(BaseModel):
    """Types are taken as they are: a number is no text."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


class Delivery(_Part):
    """V2's ``deliveryStatus``."""

    result: _Code


class Status(_Part):
    """What became of one push on one phone."""

    token: Annotated[str, Field(min_length=1, max_length=4_096, repr=False)]
    request_id: _Text = Field(alias="requestId")
    #: What the push was sent with: the message id.
    msg_id: _Text | None = Field(default=None, alias="biTag")
    status: _Code | None = Field(default=None, description="V1")
    delivery: Delivery | None = Field(default=None, alias="deliveryStatus", description="V2")

    @property
    def code(self) -> int | None:
        """The status code; None for the receipt of a card, which has a ``formStatus`` instead."""
        return self.delivery.result if self.delivery else self.status


class Receipts(_Part):
    """One request. Huawei sends up to 100 statuses, and once sent up to 1000."""

    statuses: Annotated[list[Status], Field(max_length=1_000)]


class Answer(BaseModel):
    """Our answer in the words of both versions of the interface: ``errno``, ``errmsg`` are V1's, the others V2's."""

    errno: int = 0
    errmsg: str = "success"
    code: str = "0"
    message: str = "success"
