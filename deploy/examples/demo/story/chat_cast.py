"""The people of demo#chat: friends, families and shops in Shanghai, 22:13 in the evening.

Every interval and expiry is at least 45 minutes away from that moment.
"""

from story.clock import hours
from story.crowd import NIGHT_RUNNERS
from story.scene import Group
from story.user import Connection, User

FAMILY_ID, REUNION_ID, RUNNERS_ID = "249817526304769", "249817530499073", "249817534693377"
HIKERS_ID, BOOKS_ID, ROOM_ID = "249817538887681", "249817543081985", "249817547276289"

_MAIN = (
    User("lin", "林小北", "iphone", view="detail"),
    User("mei", "梅子", "iphone matepad", view="detail"),
    User("hao", "阿豪", "pixel"),
    User("bob", "Bob", "pixel", view="detail", language="en"),
    User("yuki", "ゆき", "iphone", view="detail", language="JA"),
    User("omar", "عمر", "mate", view="detail", language="ar"),
    User("lena", "Lena", "galaxy ipad", view="detail", language="de"),
    User("xin", "欣怡", "mate", view="detail", language="zh-Hans"),
    User("an", "安安", "iphone", view="whisper", settings={"template": "whisper"}),
    User("zhou", "", "mate"),
    User("nainai", "奶奶", "mate", view="detail", badge=3),
    User("mia", "米娅", "iphone", view="detail"),
    User("flower_shop", "花间小店"),
    User("care", "客服小暖"),
    # Four devices with all three vendors.
    User("si", "四宝", "iphone ipad pixel mate", view="detail"),
)
_QUIET = (
    User("wei", "魏老师", "mate", usually="dnd_interval", settings={"ignoreInterval": "21:00-07:00"}),
    User("shan", "珊珊", "pixel", usually="dnd_interval", settings={"type": "NONE", "ignoreInterval": "20:30-23:30"}),
    User("qing", "青青", "iphone", view="detail", settings={"ignoreInterval": "9:5-18:30"}),
    User("bei", "贝贝", "galaxy", settings={"ignoreInterval": "23:5-7:30"}),
    User("jun", "俊杰", "galaxy", usually="dnd_duration", settings={"ignoreDuration": hours(6)}),
    User("fang", "方方", "mate", view="detail", settings={"ignoreDuration": hours(-2)}),
    User("tao", "涛哥", "pixel", usually="remind_none", settings={"type": "NONE"}),
    User("na", "娜娜", "iphone", usually="not_mentioned", view="detail", settings={"type": "AT"}),
)
_PARTICULAR = (
    # Each conversation has its own rule: the scenes say which.
    User(
        "peng",
        "彭鹏",
        "matepad",
        view="detail",
        conversations={
            "user:tao": {"type": "NONE"},
            "user:care": {"ignoreDuration": hours(5)},
            "user:hao": {"ignoreDuration": hours(-3)},
            f"group:{HIKERS_ID}": {"type": "AT"},
            f"group:{BOOKS_ID}": {"ignoreDuration": hours(8)},
        },
    ),
    User(
        "xue",
        "小雪",
        "iphone",
        usually="remind_none",
        settings={"type": "NONE"},
        conversations={"user:lin": {"type": "ALL"}, f"group:{HIKERS_ID}": {"type": "DEFAULT"}},
    ),
)
_UNREACHABLE = (
    User("dage", "大哥", ""),
    User("gu", "古月", "iphone:retired"),
    User("shi", "石头", "iphone:beta"),
    User("kai", "凯凯", "iphone:kicked"),
    User("ying", "小莹", "mate:tokenless pixel", view="detail"),
    User("ming", "小明", "pixel", presence=(Connection("web_51", 6),)),
    # The gateway crashed two hours ago: the lease is over, so nobody is there.
    User("gao", "老高", "galaxy", presence=(Connection("android_7", -2, "galaxy_gao"),)),
    # Their tokens are dead; each may get one message in the whole story.
    User("man", "小满", "iphone:dead"),
    User("guyu", "谷雨", "pixel:dead"),
    User("liqiu", "立秋", "mate:dead ipad"),
)
CHAT_CAST = (*_MAIN, *_QUIET, *_PARTICULAR, *_UNREACHABLE, *NIGHT_RUNNERS)

_IN_THE_CROWD = tuple(user.id for user in NIGHT_RUNNERS)
FAMILY = Group(FAMILY_ID, ("lin", "mei", "nainai", "wei", "dage"), tells_sender=True)
HIKERS = Group(HIKERS_ID, ("hao", "lin", "peng", "xue", "na", "tao", "qing", "kai", "ming", "gao"))
BOOKS = Group(BOOKS_ID, ("yuki", "bob", "omar", "lena", "xin", "peng", "an", "zhou"))
TRIO = Group("249817551470593", ("si", "mia", "fang"))
REUNION = Group(REUNION_ID, ("hao", "shan", *_IN_THE_CROWD[:48]))
RUNNERS = Group(RUNNERS_ID, ("lin", "hao", "bei", "qing", *_IN_THE_CROWD), tells_sender=True)
LIVE_ROOM = Group(ROOM_ID, ("lin", "mei", "hao", "zhou", "ming"), kind="chatroom")
