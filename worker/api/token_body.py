"""The JSON of asking for a token, and of getting one. Members that we have no use for are ignored."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from worker.config_sections import MAX_TTL_S

_Text = Annotated[str, Field(max_length=1_024)]


class Grant(BaseModel):
    """What is shown for a token: the app's credentials, or, for a user token, the app token in the header."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        hide_input_in_errors=True,
        json_schema_extra={
            "examples": [
                {"grant_type": "client_credentials", "client_id": "YXA6…", "client_secret": "YXA6…", "ttl": 86_400},
                {"grant_type": "inherit", "username": "bob"},
            ]
        },
    )

    grant_type: Literal["client_credentials", "inherit", "password"]
    client_id: _Text = Field(default="", description="client_credentials")
    client_secret: _Text = Field(default="", repr=False, description="client_credentials")
    username: _Text = Field(default="", description="inherit: whose token it is to be")
    ttl: int | None = Field(default=None, ge=1, le=MAX_TTL_S, description="seconds; else `api.token_ttl_s`")


class User(BaseModel):
    """Whose token it is."""

    username: str


class Token(BaseModel):
    """A token."""

    access_token: str
    expires_in: int = Field(description="seconds")
    application: str = Field(description="the app's id, as in other answers")
    user: User | None = Field(default=None, description="of a user token")


class Revocation(BaseModel):
    """A revocation is done."""

    status: Literal["ok"] = "ok"
