"""What all JSON bodies and path parameters share: types are taken as they are, and errors repeat nothing."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from worker.api.forms import PRINTABLE, TEMPLATE_NAME
from worker.api.segments import whole


class Body(BaseModel):
    """A JSON object. A number is no text, ``null`` is no value, and members that we have no use for are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


def absent(**constraints: Any) -> Any:
    """Return the field of a member that may be left out, but not be null."""
    return Field(default_factory=lambda: None, **constraints)


#: Device id, resource, user id.
Identifier = Annotated[str, Field(min_length=1, max_length=512, pattern=PRINTABLE)]
#: The same, where empty has a meaning.
MaybeIdentifier = Annotated[str, Field(max_length=512, pattern=PRINTABLE)]
Token = Annotated[str, Field(max_length=4_096, pattern=PRINTABLE, repr=False)]
Nickname = Annotated[str, Field(max_length=100)]
TemplateName = Annotated[str, Field(min_length=1, max_length=64, pattern=TEMPLATE_NAME)]
MaybeTemplateName = Annotated[str, Field(max_length=64, pattern=TEMPLATE_NAME)]
TemplateNameInPath = Annotated[str, Path(min_length=1, max_length=64, pattern=TEMPLATE_NAME)]
#: The rest of a path: an id with slashes, encoded or not.
RestOfPath = Annotated[str, Path(min_length=1, max_length=512, pattern=PRINTABLE), AfterValidator(whole)]
