"""The part of a policy that is set over HTTP: what it takes, and what it makes of the file's."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from policy.app import AppPolicy, ForceBeats, Locale, MultiDevice
from policy.catch_up import CatchUp, CatchUpPolicy
from worker.policy_patch import PolicyPatch, StoredPolicy, stored_policy

FILE = AppPolicy("org#app", max_age_s=60, group_limit=7, catch_up=CatchUp(5, CatchUpPolicy.FOLD))


def test_what_is_set_wins_and_the_rest_is_the_files() -> None:
    """Each member by itself."""
    text = b'{"multi_device":"any-offline","force_beats":"all","locale":"en","advanced":false,"timezone":"UTC"}'
    policy = StoredPolicy.model_validate_json(text).over(FILE)
    assert (policy.multi_device, policy.force_beats) == (MultiDevice.ANY_OFFLINE, ForceBeats.ALL)
    assert (policy.locale, policy.advanced, policy.timezone) == (Locale.ENGLISH, False, "UTC")
    assert (policy.max_age_s, policy.group_limit, policy.catch_up) == (60, 7, FILE.catch_up)
    late = StoredPolicy.model_validate_json(b'{"catch_up":{"after_s":9,"policy":"drop"}}').over(FILE)
    assert late.catch_up == CatchUp(9, CatchUpPolicy.DROP)
    assert StoredPolicy().over(FILE) == FILE


def test_members_of_a_newer_program_are_no_fault() -> None:
    """They are ignored, and those that are known hold."""
    policy = stored_policy(b'{"group_limit":5,"colour":"red"}')
    assert policy
    assert policy.group_limit == 5


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"locale":"fr"}', b'{"timezone":"Mars"}', b"\xff", b"null"])
def test_what_cannot_be_read_is_none(text: bytes) -> None:
    """Whatever somebody has written there."""
    assert stored_policy(text) is None


@pytest.mark.parametrize(
    "body",
    [
        {"multi_device": "some"},
        {"timezone": "Asia"},
        {"timezone": ""},
        {"force_beats": True},
        {"max_age_s": 0},
        {"max_age_s": "60"},
        {"max_age_s": 60.0},
        {"max_age_s": 31_536_001},
        {"group_limit": -1},
        {"locale": "EN"},
        {"catch_up": {"after_s": 5}},
        {"catch_up": {"after_s": 5, "policy": "fold", "more": 1}},
        {"advanced": True},
        {"colour": "red"},
    ],
    ids=json.dumps,
)
def test_callers_are_taken_at_their_word(body: dict[str, Any]) -> None:
    """No value is guessed at, no unknown name ignored."""
    with pytest.raises(ValidationError):
        PolicyPatch.model_validate_json(json.dumps(body))
