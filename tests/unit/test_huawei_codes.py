import json

import pytest

from providers.huawei_codes import CODES, TOKEN_REASONS, classify, is_stale
from providers.result import Accepted, Rejected, RejectionKind, Result, Retryable
from providers.transport import Answer

#: Copied from the vendor's pages, not from the code.
DOCUMENTED = {
    RejectionKind.TOKEN: ["80100000", "80300007"],
    RejectionKind.MESSAGE: [
        "80100001",
        "80100003",
        "80100004",
        "80100013",
        "80100016",
        "80100018",
        "80100022",
        "80300008",
        "80300010",
    ],
    RejectionKind.CONFIGURATION: [
        "80200001",
        "80200003",
        "80200005",
        "80300002",
        "80300011",
        "80300013",
        "80300030",
        "80300036",
        "80300037",
    ],
    None: ["80100017", "80300029", "80600003", "81000001"],
}
TOKEN_FAULTS = ["tokenFormatError", "tokenPlatformNotSupport", "noRight"]
RIGHT_FAULTS = [
    "noPushTypeRight",
    "atomicUnableSendUnsubscribedMsg",
    "countryNotSupport",
    "disableSendHuaweiMsgBecauseOfPenalty",
    "differentImgVerifyPolicy",
    "appinfoError",
    "notSupportPlayVoice",
    "noRightToSendThisLiveNotificationEvent",
]


def answer(code: object, msg: object = "", status: int = 200) -> Answer:
    """Return an answer; a ``msg`` that is no string is JSON in a string, as Huawei does it."""
    text = msg if isinstance(msg, str) else json.dumps(msg)
    return Answer(status, {}, json.dumps({"code": code, "msg": text, "requestId": "r1"}).encode())


def test_the_table_is_the_vendors() -> None:
    """Every documented code is in the table under who has to act, and no other code is."""
    kinds = {kind: sorted(code for code, row in CODES.items() if row is kind) for kind in RejectionKind}
    assert kinds == {kind: codes for kind, codes in DOCUMENTED.items() if kind}
    assert sorted(CODES) == sorted(code for codes in DOCUMENTED.values() for code in codes)


@pytest.mark.parametrize("with_reasons", [False, True])
def test_success_carries_the_request_id(*, with_reasons: bool) -> None:
    """The id Huawei gives the request is kept for support."""
    assert classify(answer("80000000", "Success"), with_reasons=with_reasons) == Accepted("r1")


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize("code", DOCUMENTED[RejectionKind.MESSAGE] + DOCUMENTED[RejectionKind.CONFIGURATION])
def test_the_code_decides_and_not_the_status(code: str, status: int) -> None:
    """A documented code means the same under every HTTP status."""
    assert classify(answer(code, "secret text", status), with_reasons=False) == Rejected(code, _kind(code))


def _kind(code: str) -> RejectionKind:
    return next(kind for kind, codes in DOCUMENTED.items() if kind and code in codes)


@pytest.mark.parametrize("code", DOCUMENTED[None])
def test_a_temporary_code_is_tried_again(code: str) -> None:
    """The vendor's own trouble is not held against token or message."""
    result = classify(answer(code, "secret text"), with_reasons=False)
    assert isinstance(result, Retryable)
    assert result.cause == code
    assert "secret" not in repr(result)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer("80300007", "All the tokens are invalid"), Rejected("80300007", RejectionKind.TOKEN)),
        (
            answer("80100000", {"success": 0, "failure": 1, "illegal_tokens": ["device"]}),
            Rejected("80100000", RejectionKind.TOKEN),
        ),
        (answer("80100000", {"success": 1, "failure": 0, "illegal_tokens": []}), Accepted("r1")),
    ],
)
def test_v1_names_bad_tokens_in_a_list(given: Answer, expected: Result) -> None:
    """With one token a request, a listed token is ours, and an empty list after a success means that it arrived."""
    assert classify(given, with_reasons=False) == expected


@pytest.mark.parametrize("code", ["80100000", "80300007"])
@pytest.mark.parametrize("reason", TOKEN_FAULTS + RIGHT_FAULTS)
def test_v3_names_the_reason_of_a_bad_token(code: str, reason: str) -> None:
    """A token is retired for its own faults only, not for a right the app lacks; padded names are understood."""
    kind = RejectionKind.TOKEN if reason in TOKEN_FAULTS else RejectionKind.CONFIGURATION
    given = answer(code, {"success": 1, "failure": 1, "illegalTokens": {f" {reason} ": ["device"]}})
    assert classify(given, with_reasons=True) == Rejected(reason, kind)
    assert TOKEN_REASONS[reason] is kind


@pytest.mark.parametrize(
    ("given", "with_reasons"),
    [
        pytest.param(answer("80300007", "All the tokens are invalid"), True, id="v3 without a reason"),
        pytest.param(answer("80300007", {"illegalTokens": {"secret text": ["device"]}}), True, id="unknown reason"),
        pytest.param(answer("80100000", "secret text"), False, id="partial without a list"),
        pytest.param(answer("80100000", {}), False, id="partial with nothing"),
        pytest.param(answer("80100000", {"success": "many"}), False, id="partial with nonsense"),
        pytest.param(answer("89999999", "secret text"), False, id="unknown code"),
        pytest.param(answer(80000000), False, id="number"),
        pytest.param(Answer(200, {}, b""), False, id="cut short"),
        pytest.param(Answer(200, {}, b"<html>"), False, id="html"),
        pytest.param(Answer(200, {}, b"\xff"), False, id="not utf-8"),
        pytest.param(Answer(200, {}, b"[]"), False, id="list"),
    ],
)
def test_what_nobody_documents_is_tried_again(given: Answer, *, with_reasons: bool) -> None:
    """Whatever the bytes, there is a Retryable without a word of them; a 200 may have gone out."""
    result = classify(given, with_reasons=with_reasons)
    detail = "status 200 without a documented code"
    assert result == Retryable("unexpected_answer", maybe_sent=True, detail=detail)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (503, Retryable("503", detail="status 503")),
        (500, Retryable("500", maybe_sent=True, detail="status 500")),
        (502, Retryable("502", maybe_sent=True, detail="status 502")),
        (401, Rejected("401", RejectionKind.CONFIGURATION)),
        (404, Rejected("404", RejectionKind.CONFIGURATION)),
        (400, Retryable("unexpected_answer", detail="status 400 without a documented code")),
        (418, Retryable("unexpected_answer", detail="status 418 without a documented code")),
    ],
)
def test_statuses_that_huawei_documents_stand_in_for_a_code(status: int, expected: Result) -> None:
    """503 is flow control, 404 a wrong address; other statuses without a code are undocumented."""
    assert classify(Answer(status, {}, b"<html>"), with_reasons=False) == expected


def test_flow_control_keeps_a_named_delay() -> None:
    """A Retry-After is honoured although Huawei documents none."""
    result = classify(Answer(503, {"retry-after": "9"}, b""), with_reasons=False)
    assert isinstance(result, Retryable)
    assert result.retry_after == 9.0


@pytest.mark.parametrize(
    ("given", "stale"),
    [
        (answer("80200001"), True),
        (answer("80200003", status=401), True),
        (answer("80200005", status=401), True),
        (Answer(401, {}, b""), True),
        (answer("80300002", status=401), False),
        (answer("80000000"), False),
    ],
)
def test_only_authentication_is_worth_a_refresh(given: Answer, *, stale: bool) -> None:
    """The authentication codes, and a bare 401, ask for a new access token."""
    assert is_stale(given) is stale
