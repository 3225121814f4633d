"""What the API says of itself is what it does: requests made from its description, right ones and wrong ones."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok

from tests.compatibility.places import Place, running_place
from tests.figures import Figure
from worker.processes import Children

#: Of schemathesis's checks those of the answer: no 5xx, and only what the description names. What may be asked is
#: tested by hand, value by value.
_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
#: Requests for each operation and mode.
_SHORT, _LONG = 6, 150
#: Wrong tokens would hide what else is wrong; they have tests of their own.
_CONFIG = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
#: What the description says of an id that may be any text.
_ANY_ID = {"type", "title", "description"}
#: What leads to an app that is there; other values are one 404 like the other.
_KNOWN = {"org": "org", "app": "app"}


@pytest.fixture(scope="module")
def place(session_children: Children, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An API of its own: among the requests are those that change an app."""
    with running_place(session_children, tmp_path_factory.mktemp("description")) as running:
        yield running


def ends_tokens(operation: Any) -> bool:
    """Return whether an operation ends the token that it is called with."""
    return bool(operation.method.upper() == "DELETE" and operation.path.endswith("/token"))


def may_be_wrong(operation: Any) -> bool:
    """Return whether an operation can be asked in a wrong form: one that takes nothing but ids cannot.

    Hypothesis finds that out, too, after a thousand attempts.
    """
    ids_alone = all(parameter.definition["schema"].keys() <= _ANY_ID for parameter in operation.path_parameters)
    return bool(operation.body or operation.query or operation.headers or not ids_alone)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.timeout(1500)
def test_every_answer_is_described(place: Place, mode: GenerationMode, figure: Figure, *, is_long: bool) -> None:
    """No answer is a server error, and each has a status, a type and a shape that the description names."""
    described = schemathesis.openapi.from_url(f"{place.api}/openapi.json", config=_CONFIG)
    operations = [each.ok() for each in described.get_all_operations() if isinstance(each, Ok)]
    caller = Caller(place)
    for operation in operations:
        if mode is GenerationMode.POSITIVE or may_be_wrong(operation):
            caller.meet(operation.as_strategy(generation_mode=mode), _LONG if is_long else _SHORT)
    assert caller.statuses[200 if mode is GenerationMode.POSITIVE else 400] > len(operations)
    statuses = ", ".join(f"{number} × {status}" for status, number in sorted(caller.statuses.items()))
    figure(f"description, {mode.value} requests to {len(operations)} operations: {statuses}")


class Caller:
    """The app's server, which makes the requests and counts the answers."""

    def __init__(self, place: Place) -> None:
        self._server = place.server()
        self.statuses: Counter[int] = Counter()

    def meet(self, cases: SearchStrategy[Any], number: int) -> None:
        """Make so many requests of one operation; it fails at the first answer that is not described."""

        @given(case=cases)
        @settings(max_examples=number, deadline=None, suppress_health_check=list(HealthCheck))
        def meet(case: Any) -> None:
            self._ask(case)

        meet()

    def _ask(self, case: Any) -> None:
        token = self._server.user_token("dave") if ends_tokens(case.operation) else self._server.token
        given_names = case.path_parameters or {}
        case.path_parameters = {**given_names, **{name: _KNOWN[name] for name in _KNOWN.keys() & given_names.keys()}}
        answer = case.call(headers={"authorization": f"Bearer {token}"}, timeout=15)
        self.statuses[answer.status_code] += 1
        case.validate_response(answer, checks=list(CHECKS.get_by_names(_CHECKS)))
