"""What becomes of sends to the fake Push Kit, token by token."""

import json
from pathlib import Path

import pytest

from providers.simulator.huawei_devices import DEVICE_REASONS, RIGHT_REASONS
from tests.unit.simulator_huawei.bench import NOW, OPEN_APP, Bench, answer, msg


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_send_is_accepted_and_written_down_by_token(bench: Bench, version: str) -> None:
    """A good send is 80000000 Success, and the ledger has an entry per token, a repeated token twice."""
    notification = {"title": "t", "tag": "c1", **OPEN_APP}
    reply = bench.send(["a", "b", "a"], version, android={"notification": notification})
    body = json.loads(reply.body)
    assert (reply.status, body["code"], body["msg"]) == (200, "80000000", "Success")
    entries = bench.ledger.entries()
    assert [entry.token for entry in entries] == ["a", "b", "a"]
    assert {(entry.vendor, entry.outcome, entry.vendor_id) for entry in entries} == {
        ("huawei", "accepted", body["requestId"])
    }
    assert entries[0].payload == {"data": "d", "android": {"notification": notification}}
    assert (entries[0].collapse_id, entries[0].connection_id, entries[0].at) == ("c1", 7, NOW)


def test_requests_have_ids_of_their_own(bench: Bench) -> None:
    """No two answers carry the same requestId."""
    ids = {json.loads(bench.send(["a"]).body)["requestId"] for _ in range(3)}
    assert len(ids) == 3


def test_a_jwt_sends_under_every_version(bench: Bench) -> None:
    """A service-account JWT is accepted by v1, v2 and v3."""
    document = {"message": {"token": ["a"], "data": "d"}}
    replies = [bench.post(document, version, authorization=bench.usual_jwt) for version in ("v1", "v2")]
    assert [answer(reply) for reply in [*replies, bench.send_v3(["a"])]] == [(200, "80000000")] * 3


def test_v3_writes_down_its_body_without_tokens(bench: Bench) -> None:
    """The ledger of a v3 send has the body without the token list, and the notifyId as what it replaces."""
    bench.send_v3(["a", "a"], {"ttl": 60}, notifyId=5)
    entries = bench.ledger.entries()
    assert [(entry.token, entry.collapse_id, entry.outcome) for entry in entries] == [("a", "5", "accepted")] * 2
    assert entries[0].payload["pushOptions"] == {"ttl": 60}
    assert entries[0].payload["target"] == {}


def test_a_dry_run_leaves_no_trace(bench: Bench) -> None:
    """``validate_only`` is answered like a send and nothing is written."""
    assert answer(bench.post({"validate_only": True, "message": {"token": ["a"], "data": "d"}})) == (200, "80000000")
    assert bench.ledger.entries() == []


def test_a_topic_names_no_token(bench: Bench) -> None:
    """A send to a topic or a condition is accepted without an entry."""
    for target in ({"topic": "news"}, {"condition": "'a' in topics"}):
        assert answer(bench.post({"message": {"data": "d"} | target})) == (200, "80000000")
    assert bench.ledger.entries() == []


def test_a_partial_success_lists_the_illegal_tokens(bench: Bench) -> None:
    """Under v1 some illegal tokens make 80100000 with JSON inside ``msg``, names in snake_case, repeats counted."""
    bench.huawei.set_token("bad", "invalid")
    reply = bench.send(["a", "bad", "b", "bad"])
    assert answer(reply) == (200, "80100000")
    assert msg(reply) == {"success": 2, "failure": 2, "illegal_tokens": ["bad", "bad"]}
    assert [entry.outcome for entry in bench.ledger.entries()] == ["accepted", "80300007", "accepted", "80300007"]


def test_no_legal_token_is_a_code_of_its_own(bench: Bench) -> None:
    """Under v1 a request with illegal tokens only is 80300007, and ``msg`` is plain text."""
    bench.huawei.set_token("bad", "invalid")
    reply = bench.send(["bad"])
    assert answer(reply) == (400, "80300007")
    assert json.loads(reply.body)["msg"] == "All the tokens are invalid"


def test_a_harmonyos_5_token_is_illegal_under_the_old_versions(bench: Bench) -> None:
    """A token of HarmonyOS 5 is valid for v3 and 80300007 for v1 and v2."""
    bench.huawei.set_token("next", "harmonyos_5")
    assert answer(bench.send_v3(["next"])) == (200, "80000000")
    assert [answer(bench.send(["next"], version)) for version in ("v1", "v2")] == [(400, "80300007")] * 2


@pytest.mark.parametrize("reason", sorted(DEVICE_REASONS | RIGHT_REASONS))
def test_v3_lists_tokens_by_reason(bench: Bench, reason: str) -> None:
    """Under v3 the JSON inside ``msg`` is a map of reasons to tokens, and the ledger has the reason."""
    bench.huawei.set_token(reason, reason)
    reply = bench.send_v3(["a", reason])
    assert answer(reply) == (200, "80100000")
    assert msg(reply) == {"success": 1, "failure": 1, "illegalTokens": {reason: [reason]}}
    assert [entry.outcome for entry in bench.ledger.entries()] == ["accepted", reason]


def test_v3_gives_reasons_when_all_fail(bench: Bench) -> None:
    """Under v3 80300007 has the same map; an ``invalid`` token is a tokenFormatError."""
    bench.huawei.set_token("bad", "invalid")
    bench.huawei.set_token("foreign", "noRight")
    reply = bench.send_v3(["bad", "foreign"])
    assert answer(reply) == (400, "80300007")
    assert msg(reply)["illegalTokens"] == {"tokenFormatError": ["bad"], "noRight": ["foreign"]}


def test_v3_reasons_can_be_padded(tmp_path: Path) -> None:
    """By option the reasons carry the blanks of Huawei's own sample."""
    bench = Bench(tmp_path, padded_reasons=True)
    bench.huawei.set_token("bad", "tokenFormatError")
    assert msg(bench.send_v3(["a", "bad"]))["illegalTokens"] == {" tokenFormatError ": ["bad"]}


def test_strangers_can_be_refused(tmp_path: Path) -> None:
    """With ``accept_unknown_tokens=False`` only tokens that were set are valid."""
    bench = Bench(tmp_path, accept_unknown_tokens=False)
    bench.huawei.set_token("known", "valid")
    assert msg(bench.send(["known", "stranger"]))["illegal_tokens"] == ["stranger"]


def test_an_unknown_state_is_refused(bench: Bench) -> None:
    """A state that Push Kit does not have is a mistake of the caller."""
    with pytest.raises(ValueError, match="unknown token state"):
        bench.huawei.set_token("t", "unregistered", 1)


def test_a_token_can_make_huawei_fail(bench: Bench) -> None:
    """A request that names an ``internal_error`` token is 81000001 as a whole: nobody got it."""
    bench.huawei.set_token("boom", "internal_error")
    assert answer(bench.send(["a", "boom"])) == (500, "81000001")
    assert {entry.outcome for entry in bench.ledger.entries()} == {"81000001"}


def test_push_kit_can_be_switched_off(tmp_path: Path) -> None:
    """An app without the right to send gets 80300002."""
    bench = Bench(tmp_path)
    bench.huawei.is_enabled = False
    assert answer(bench.send(["a"])) == (400, "80300002")
