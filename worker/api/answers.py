"""How answers are described. They are not built from these models: what is absent would have to be taken out again."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

Data = TypeVar("Data")
Item = TypeVar("Item")


class _Envelope(BaseModel):
    path: str = Field(examples=["/users"])
    uri: str
    timestamp: int = Field(description="milliseconds since 1970")
    organization: str = Field(examples=["org"])
    application: str = Field(description="the app's id, the same for ever")
    action: str = Field(examples=["put"])
    duration: int = Field(description="milliseconds that the request took")
    applicationName: str = Field(examples=["app"])  # noqa: N815 - Easemob's


class Answer(_Envelope, Generic[Data]):
    """Easemob's envelope around data."""

    data: Data


class Entities(_Envelope, Generic[Item]):
    """Easemob's envelope around a list."""

    entities: list[Item]


def answers(model: Any) -> dict[str, Any]:
    """Return the arguments of a route that is described as answering a model."""
    return {"response_model": None, "responses": {200: {"model": model, "description": "Done"}}}
