"""The people of demo#teams: a company in Berlin, 16:13 on a Monday afternoon.

Each device decides for itself here. Every interval and expiry is at least 45 minutes away from that moment.
"""

from story.clock import hours
from story.crowd import COLLEAGUES
from story.scene import Group
from story.user import Connection, User

DESIGN_ID, STANDUP_ID, ENGINEERING_ID, ALL_HANDS_ID = "310204418", "310204419", "310204420", "310204421"

_MAIN = (
    User("chloe", "Chloé Martin", "iphone"),
    User("emma", "Emma Rossi", "pixel", view="detail", settings={"ignoreInterval": "22:00-07:00"}),
    User("hiro", "佐藤ひろ", "iphone", view="detail", language="ja"),
    User("ines", "Inês Costa", "galaxy", view="detail", language="pt"),
    User("jonas", "Jonas Weber", "mate", view="detail", language="de"),
    User("karim", "كريم حداد", "pixel", view="detail", language="ar"),
    User("li", "李娜", "mate", view="detail", language="zh-Hans"),
    # Another mia than the one of demo#chat: an app key is a world of its own.
    User("mia", "Mia Lindqvist", "galaxy", view="detail", badge=1),
    User("olga", "Olga Petrova", "matepad", view="detail", settings={"ignoreDuration": hours(-5)}),
    User("sam", "Sam O'Neill", "ipad", view="brief", settings={"template": "brief"}),
    User("ops", "Ops Bot"),
    User("hr", "People Team"),
)
_CONNECTED = (
    # In a browser: both phones are offline, so both light up, and nothing counts as missed.
    User("anna", "Anna Schmidt", "iphone galaxy", view="detail", presence=(Connection("web_1", 6),)),
    User(
        "ben", "Ben Carter", "pixel mate", view="detail", presence=(Connection("android_3", 6, "pixel_ben"),), badge=2
    ),
    # A connection without a device id is found by its resource.
    User("pavel", "Pavel Novák", "galaxy", presence=(Connection("galaxy_pavel", 6),)),
)
_QUIET = (
    User("david", "David Okafor", "iphone", usually="dnd_interval", settings={"ignoreInterval": "14:00-18:00"}),
    User("felix", "Felix Braun", "pixel", usually="not_mentioned", view="detail", settings={"type": "AT"}),
    User("grace", "Grace Kim", "iphone", usually="remind_none", settings={"type": "NONE"}),
    User("noah", "Noah Fischer", "mate", usually="dnd_duration", settings={"ignoreDuration": hours(3)}),
    User(
        "zoe",
        "Zoé Dubois",
        "iphone",
        view="detail",
        settings={"type": "AT"},
        usually="not_mentioned",
        conversations={
            "user:anna": {"type": "ALL"},
            "user:hr": {"type": "ALL", "ignoreDuration": hours(9)},
            f"group:{DESIGN_ID}": {"type": "ALL"},
            f"group:{STANDUP_ID}": {"type": "NONE"},
        },
    ),
)
_UNREACHABLE = (
    User("rosa", "Rosa Alvarez", ""),
    User("tom", "Tom Becker", "pixel:beta mate"),
    User("uma", "Uma Patel", "pixel:retired"),
    User("quinn", "Quinn Murphy", "galaxy:kicked"),
    User(
        "yara",
        "Yara Haddad",
        "iphone:kicked ipad galaxy:beta matepad",
        view="detail",
        presence=(Connection("ios_9", 6, "ipad_yara"),),
    ),
    # Their tokens are dead; each may get one message in the whole story.
    User("vera", "Vera Lang", "iphone:dead"),
    User("walt", "Walt Jensen", "pixel:dead galaxy"),
    User("xena", "Xena Ilić", "mate:dead"),
)
TEAMS_CAST = (*_MAIN, *_CONNECTED, *_QUIET, *_UNREACHABLE, *COLLEAGUES)

_IN_THE_CROWD = tuple(user.id for user in COLLEAGUES)
DESIGN = Group(DESIGN_ID, ("anna", "chloe", "zoe", "mia", "li"), tells_sender=True)
STANDUP = Group(STANDUP_ID, ("ben", "emma", "felix", "grace", "hiro", "jonas", "karim", "zoe", "noah", "david"))
ENGINEERING = Group(ENGINEERING_ID, ("ben", "emma", "felix", "jonas", "ops", "tom", *_IN_THE_CROWD))
ALL_HANDS = Group(
    ALL_HANDS_ID,
    (
        *("hr", "anna", "ben", "chloe", "david", "emma", "felix", "grace", "hiro", "ines"),
        *("jonas", "karim", "li", "mia", "noah", "olga", "rosa", "sam", "zoe"),
        *_IN_THE_CROWD,
    ),
)
TOWN_SQUARE = Group("310204422", ("anna", "ben", "rosa"), kind="chatroom")
