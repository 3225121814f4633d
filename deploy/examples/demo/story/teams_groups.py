"""demo#teams: groups of five to sixty-four."""

from story.scene import EVERYONE, Event, discuss, post
from story.teams_cast import ALL_HANDS, DESIGN, ENGINEERING, STANDUP

_FORCE = {"em_force_notification": True}
_ALL_LOUD = {"zoe": "pushed"}
_MUTED = {"zoe": "remind_none"}
_RETRO = {
    "de": "Retro um vier, bitte mit Ideen",
    "ja": "四時にふりかえり、アイデアを持ってきてね",
    "ar": "اجتماع المراجعة في الرابعة",
}
_INCIDENT = {"name": "incident", "title_args": ["Checkout is slow"], "content_args": ["p99 above 2 s since 16:05"]}

TEAMS_GROUPS: tuple[list[Event], ...] = (
    [
        post(DESIGN, "anna", "New mock-ups are up 🎨", expect=_ALL_LOUD),
        post(DESIGN, "chloe", "Feedback until Wednesday, please", expect=_ALL_LOUD),
        post(DESIGN, "zoe", "The contrast is much better now"),
        post(DESIGN, "mia", "Agreed, and the font is lovely", expect=_ALL_LOUD),
        post(DESIGN, "li", "我更喜欢第二版", translations={"en": "I prefer the second version"}, expect=_ALL_LOUD),
        post(
            DESIGN,
            "mia",
            "Anyone for a walk?",
            ext={"em_push_ext": {"group_user_nickname": "Mia (Design)"}},
            shown=dict.fromkeys(("anna", "zoe", "li"), ("Mia (Design)", "Anyone for a walk?")),
            expect=_ALL_LOUD,
        ),
    ],
    [
        post(STANDUP, "ben", "Retro at four, please bring ideas", translations=_RETRO, expect=_MUTED),
        post(STANDUP, "emma", "I have three!", expect=_MUTED),
        post(STANDUP, "jonas", "@Felix yours too?", ext={"em_at_list": ["felix"]}, called=("felix",), expect=_MUTED),
        post(
            STANDUP,
            "hiro",
            "@all five minutes late, sorry",
            ext={"em_at_list": "all"},
            called=(EVERYONE,),
            expect=_MUTED,
        ),
        post(
            STANDUP,
            "karim",
            "@all the room has changed to Mitte",
            ext={"em_at_list": ["ALL"], **_FORCE},
            expect=dict.fromkeys(("felix", "grace", "zoe", "noah", "david"), "pushed"),
        ),
        post(STANDUP, "ben", "Good retro, thanks!", expect=_MUTED, again_after=5),
        post(STANDUP, "emma", "Notes are in the wiki", expect=_MUTED),
    ],
    [
        post(ENGINEERING, "ops", "Release 4.2 is live 🚀"),
        post(
            ENGINEERING,
            "ops",
            "Checkout is slow",
            ext={"em_push_template": _INCIDENT},
            shown={EVERYONE: ("🚨 Checkout is slow", "Ops Bot: p99 above 2 s since 16:05")},
        ),
        post(ENGINEERING, "ben", "@all hands on deck, please", ext={"em_at_list": "All"}, called=(EVERYONE,)),
        post(ENGINEERING, "emma", "Fixed: a missing index", translations={"en": "Fixed: a missing index 🎯"}),
    ],
    [
        post(ALL_HANDS, "hr", "Summer party on the roof! 🌇", expect={EVERYONE: "group_too_large"}),
        post(ALL_HANDS, "anna", "I bring the music", expect={EVERYONE: "group_too_large"}),
    ],
    discuss(DESIGN, [("zoe", "Last call for the poster"), ("zoe", "Printed! Thank you all 💛")]),
    [
        post(DESIGN, "anna", "It hangs in the kitchen", expect=_ALL_LOUD),
        post(STANDUP, "jonas", "See you tomorrow", expect=_MUTED),
    ],
)
