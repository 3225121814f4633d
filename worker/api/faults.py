"""What pydantic finds wrong with a request, in the words of the API: where, and what it would have to be.

Never what was sent: an answer may be kept by whoever asked, and what was sent may be a secret in the wrong place.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from worker.api.forms import IN_WORDS

#: A member that is not known is called by its own name, of which a caller may make anything.
_LONGEST = 64
_SUBJECT = re.compile(r"^(Input|String|List|Value|Dictionary) should ")
_NO_TAG, _WRONG_TAG = "union_tag_not_found", "union_tag_invalid"
#: Kind of fault -> its words, where pydantic's would be a regular expression, or would quote.
_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_pattern_mismatch": lambda fault: IN_WORDS[fault["ctx"]["pattern"]],
    "extra_forbidden": lambda _: "is not known here",
    _NO_TAG: lambda _: "Field required",
    _WRONG_TAG: lambda fault: f"must be one of {fault['ctx']['expected_tags']}",
}


def place_of(fault: Mapping[str, Any]) -> str:
    """Return where a fault is: the members that lead to it, without the part of the request that has them."""
    steps = [str(step) for step in fault["loc"][1:]]
    if fault["type"] in {_NO_TAG, _WRONG_TAG}:
        steps.append(fault["ctx"]["discriminator"].strip("'"))
    place = ".".join(steps) or "body"
    return place if len(place) <= _LONGEST else f"{place[:_LONGEST]}…"


def words_of(fault: Mapping[str, Any]) -> str:
    """Return what is wrong with it."""
    return _WORDS.get(fault["type"], _said_by_pydantic)(fault)


def _said_by_pydantic(fault: Mapping[str, Any]) -> str:
    return _SUBJECT.sub("must ", str(fault["msg"]).removeprefix("Value error, "))
