"""demo#chat: groups of three to five hundred, and a live room."""

from story.chat_cast import BOOKS, FAMILY, HIKERS, LIVE_ROOM, REUNION, RUNNERS, TRIO
from story.scene import EVERYONE, Event, discuss, post

_NOT_CALLED = {"peng": "not_mentioned"}
_MUTED_BOOKS = {"peng": "dnd_conversation"}
_TO_EVERYONE = {"em_at_list": "ALL"}
_CHAPTER = {
    "en": "Chapter three tonight at nine!",
    "ja": "今夜九時、第三章です！",
    "ar": "الفصل الثالث الليلة في التاسعة!",
    "zh-Hans": "今晚九点，第三章！",
}


def _room(sender: str, text: str) -> Event:
    return post(LIVE_ROOM, sender, text, expect={EVERYONE: "chat_type"}, is_stored=False)


CHAT_GROUPS: tuple[list[Event], ...] = (
    discuss(
        FAMILY,
        [
            ("nainai", "中秋都回来吃饭 🥮"),
            ("lin", "回！我买大闸蟹 🦀"),
            ("mei", "我来做甜汤"),
            ("dage", "机票订好了，周五到"),
            ("wei", "我带一瓶好酒"),
        ],
    ),
    [
        post(HIKERS, "hao", "周日爬天目山，谁去？⛰️", expect=_NOT_CALLED),
        post(HIKERS, "lin", "我去！", expect=_NOT_CALLED),
        post(
            HIKERS,
            "hao",
            "@娜娜 @彭鹏 你们俩呢？",
            ext={"em_at_list": ["na", "peng"]},
            called=("na",),
            expect={"peng": "pushed"},
        ),
        post(
            HIKERS,
            "qing",
            "@所有人 六点半南门集合，不要迟到",
            ext=_TO_EVERYONE,
            called=(EVERYONE,),
            expect={"peng": "pushed"},
        ),
        post(
            HIKERS,
            "lin",
            "@所有人 带雨衣",
            ext={"em_apns_ext": {"em_at_list": "All"}},
            called=(EVERYONE,),
            expect={"peng": "pushed"},
        ),
        # Force beats do-not-disturb, not the remind type: who is not mentioned stays asleep.
        post(HIKERS, "hao", "雷雨黄色预警，改到下周！", ext={"em_force_notification": True}, expect=_NOT_CALLED),
        post(HIKERS, "tao", "下周也行", expect=_NOT_CALLED),
    ],
    [
        post(BOOKS, "yuki", "今晚九点，第三章！", translations=_CHAPTER, expect=_MUTED_BOOKS),
        post(BOOKS, "bob", "I love this chapter", translations={"zh-Hans": "我爱这一章"}, expect=_MUTED_BOOKS),
        post(
            BOOKS,
            "omar",
            "من يقرأ أولا؟",
            translations={"en": "Who reads first?", "de": "Wer liest zuerst?"},
            expect=_MUTED_BOOKS,
        ),
        post(BOOKS, "lena", "Ich bringe Tee mit 🫖", expect=_MUTED_BOOKS),
        post(BOOKS, "an", "我做了桂花糕", translations={"ja": "桂花のお菓子を作りました"}, expect=_MUTED_BOOKS),
        # The mute of a conversation is do-not-disturb: force beats it.
        post(BOOKS, "xin", "教室换到 204！", ext={"em_force_notification": True}),
    ],
    discuss(
        TRIO,
        [("si", "三缺一！🀄️"), ("mia", "来了来了"), ("fang", "带点零食"), ("si", "瓜子花生都有"), ("mia", "十分钟到")],
    ),
    [
        post(REUNION, "hao", "同学会定在十月三日，老校区见！🎓", again_after=6),
        post(REUNION, "shan", "@所有人 请填报名表", ext={"em_at_list": "all"}, called=(EVERYONE,)),
        # The group is named in the payload only.
        post(REUNION, "hao", "老师们也会来 ❤️", spelled={"group_id": None}),
        post(
            TRIO,
            "fang",
            "AA 账单",
            ext={
                "em_push_template": {
                    "name": "order",
                    "title_args": ["聚餐"],
                    "content_args": ["合计", "每人 86 元"],
                    "directed_template": {
                        "target": ["mia"],
                        "name": "invite",
                        "title_args": [],
                        "content_args": [],
                    },
                }
            },
            shown={"si": ("订单 聚餐", "合计：每人 86 元"), "mia": ("方方 邀请您", "AA 账单")},
        ),
        post(
            FAMILY,
            "mei",
            "合影",
            bodies=({"type": "img", "filename": "family.jpg"},),
            ext={"em_push_ext": {"title": "一家人", "content": "梅子分享了一张合影 📷"}},
            shown={EVERYONE: ("一家人", "梅子分享了一张合影 📷")},
        ),
    ],
    [
        _room("lin", "主播唱得真好 🎤"),
        _room("mei", "再来一首！"),
        _room("hao", "🌹🌹🌹"),
    ],
    [
        post(
            RUNNERS,
            "lin",
            "@所有人 今晚十点半滨江夜跑，天气晴，一起出发！🏃",
            ext={"em_at_list": "ALL"},
            called=(EVERYONE,),
        )
    ],
    discuss(TRIO, [("mia", "到楼下啦"), ("fang", "门没锁，直接上来"), ("si", "洗牌！")]),
    discuss(FAMILY, [("lin", "大家晚安 🌙"), ("nainai", "晚安，盖好被子")]),
)
