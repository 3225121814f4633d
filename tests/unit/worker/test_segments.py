"""Where a batch is cut so that presence and messages keep their order."""

from hypothesis import given
from hypothesis import strategies as st

from policy.event import ChatType, MessageEvent, Payload
from worker.codec import PresenceEvent
from worker.ingest import Segment, segments

USERS = ["alice", "bob", "carol"]


def message(*to: str, appkey: str = "org#app") -> MessageEvent:
    """Return a message to these users."""
    return MessageEvent(appkey, "1", 1, ChatType.CHAT, "dave", list(to), Payload())


def presence(user: str, appkey: str = "org#app") -> PresenceEvent:
    """Return a user's presence."""
    return PresenceEvent(appkey, user, "web_1", "online", 1)


def cut(*events: MessageEvent | PresenceEvent) -> list[Segment]:
    """Return the segments of events with the ids 0, 1, 2 and so on."""
    return list(segments((str(number).encode(), event) for number, event in enumerate(events)))


def test_presence_before_a_message_needs_no_cut() -> None:
    """Presence is applied first anyway."""
    assert len(cut(presence("bob"), message("bob"))) == 1


def test_presence_after_a_message_to_the_same_user_begins_a_segment() -> None:
    """A message must not see the presence behind it."""
    first, second = cut(message("bob"), presence("bob"))
    assert ([*first.messages], [*second.presence]) == ([(b"0", message("bob"))], [(b"1", presence("bob"))])


def test_presence_of_others_needs_no_cut() -> None:
    """Only a receiver's own presence matters: of the same app."""
    assert len(cut(message("bob"), presence("carol"), presence("bob", "org#other"))) == 1


def test_receivers_are_compared_as_bare_users() -> None:
    """A JID and a bare id name the same user."""
    assert len(cut(message("org#app_bob@host"), presence("BOB"))) == 2


EVENTS = st.lists(
    st.one_of(
        st.builds(lambda users: message(*users), st.lists(st.sampled_from(USERS), min_size=1)),
        st.builds(presence, st.sampled_from(USERS)),
    )
)


@given(EVENTS)
def test_applying_presence_first_changes_no_users_order(events: list[MessageEvent | PresenceEvent]) -> None:
    """For each user, segment by segment and presence first is the order of the stream."""
    applied: list[tuple[bytes, MessageEvent | PresenceEvent]] = []
    for segment in cut(*events):
        applied += [*segment.presence, *segment.messages]
    assert sorted(int(entry_id) for entry_id, _ in applied) == list(range(len(events)))
    for user in USERS:
        own = [int(entry_id) for entry_id, event in applied if user in concerned(event)]
        assert own == sorted(own)


def concerned(event: MessageEvent | PresenceEvent) -> list[str]:
    """Return whose state an event reads or writes."""
    return event.receivers if isinstance(event, MessageEvent) else [event.user]
