"""Every provider x every behaviour of its vendor, on real sockets: the tables stand in the modules imported here.

Each cell also holds the promises of ``providers/base.py`` (``promises.py``): in time, never an exception, nothing
secret, and no second request but the one with a new access token.
"""

from collections.abc import Iterator

import pytest

from providers import apns_reasons, fcm_errors, huawei_codes
from providers.simulator import apns_registry, huawei_devices
from providers.simulator.fcm_errors import TOKEN_FAULTS
from tests.contract import apns_answers, fcm_answers, huawei_answers, odd_answers, retry_after_answers, wire_faults
from tests.contract.apns_answers import GONE_MS
from tests.contract.behaviours import Behaviour, Outcome, cells
from tests.contract.bench import Bench, bench
from tests.contract.conftest import LOOPS
from tests.contract.fake_vendors import FakeVendors, fake_vendors
from tests.contract.promises import notification, send
from tests.contract.token_fates import FATES
from tests.contract.vendor_channels import VENDORS, WIRES

DOCUMENTED = (*apns_answers.ROWS, *fcm_answers.ROWS, *huawei_answers.ROWS)
EVERY_ROW = (
    *DOCUMENTED,
    *odd_answers.ROWS,
    *retry_after_answers.ROWS,
    *wire_faults.ON_THE_STREAM,
    *wire_faults.ON_THE_CONNECTION,
)
#: The fates of a channel's devices.
STATES = [
    (channel, state, expected)
    for channel, vendor in VENDORS.items()
    for state, expected in FATES.get(channel, FATES[vendor]).items()
]


@pytest.fixture(scope="module")
def vendors() -> Iterator[FakeVendors]:
    """Run the fake vendors for the module."""
    with fake_vendors() as running:
        yield running


@pytest.fixture(scope="module", params=LOOPS)
def place(request: pytest.FixtureRequest, vendors: FakeVendors) -> Iterator[Bench]:
    """Keep a provider of each channel on each kind of event loop."""
    with bench(vendors, request.param) as found:
        yield found


@pytest.mark.parametrize(("channel", "state", "expected"), STATES, ids=str)
def test_a_device_s_fate(place: Bench, channel: str, state: str, expected: Outcome) -> None:
    """Each fate of a device becomes its result, with the moment of its death where the vendor names one."""
    push = notification()
    vendor = VENDORS[channel]
    place.vendors.script(vendor)
    place.vendors.set_token(vendor, push.token, state, GONE_MS)

    async def scenario() -> None:
        result = await send(await place.shared(channel), push, 5.0)
        place.check(result, expected, vendor, push.token)

    place.runner.run(scenario())


@pytest.mark.parametrize(("row", "channel"), cells(DOCUMENTED, VENDORS), ids=str)
def test_a_documented_answer(place: Bench, row: Behaviour, channel: str) -> None:
    """Each code that a vendor documents means what its page says."""
    place.on_shared(row, channel)


@pytest.mark.parametrize(("row", "channel"), cells(odd_answers.ROWS, VENDORS), ids=str)
def test_an_odd_answer(place: Bench, row: Behaviour, channel: str) -> None:
    """What nobody documents never retires a token, and is sent again or taken for what its status says."""
    place.on_shared(row, channel)


@pytest.mark.parametrize(("row", "channel"), cells(retry_after_answers.ROWS, WIRES), ids=str)
def test_a_named_delay(place: Bench, row: Behaviour, channel: str) -> None:
    """Retry-After is read in both its forms, bounded, and ignored when it is none."""
    place.on_shared(row, channel)


@pytest.mark.parametrize(("row", "channel"), cells(wire_faults.ON_THE_STREAM, WIRES), ids=str)
def test_a_fault_of_a_stream(place: Bench, row: Behaviour, channel: str) -> None:
    """A fault of one stream is named by whether the vendor can have seen the push, and costs one request."""
    place.on_shared(row, channel)


@pytest.mark.parametrize(("row", "channel"), cells(wire_faults.ON_THE_CONNECTION, WIRES), ids=str)
def test_a_fault_of_a_connection(place: Bench, row: Behaviour, channel: str) -> None:
    """A connection that ends is named by whether the vendor can have seen the push; no push goes out twice."""
    place.on_fresh(row, channel)


def test_every_row_that_differs_says_why() -> None:
    """A row for one vendor only names the page that asks for it."""
    silent = [row.name for row in EVERY_ROW for own in row.but.values() if not own.page.startswith("https://")]
    assert silent == []


def test_names_are_unique() -> None:
    """A name in a report is one cell."""
    names = [(row.name, channel) for row, channel in cells(EVERY_ROW, VENDORS)]
    assert len(names) == len(set(names))


def test_no_documented_code_is_without_a_row() -> None:
    """A code that an adapter learns needs a row here, and a fate that a vendor learns too."""
    assert set(apns_answers.REASONS) == set(apns_reasons.REASONS)
    assert set(huawei_answers.CODES) == set(huawei_codes.CODES) | {"80000000"}
    assert set(huawei_answers.REASONS) == set(huawei_codes.TOKEN_REASONS)
    said = " ".join(row.name for row in fcm_answers.ROWS)
    assert [code for code in fcm_errors.ERRORS if code not in said and code != "INVALID_ARGUMENT"] == []
    assert set(FATES["apns"]) == {state for state, reason in apns_registry.STATES.items() if state != reason}
    assert set(FATES["fcm"]) == {"valid", *TOKEN_FAULTS}
    assert set(FATES["huawei"]) == set(FATES["huawei_v3"]) == huawei_devices.STATES
