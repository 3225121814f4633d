"""demo#chat: what the lock screen reads: translations, templates, titles, kinds of messages, filters, badges."""

from story.scene import Event, say

_DINNER = {
    "en": "Dinner at seven, my treat!",
    "ja": "七時にごはん、おごるよ！",
    "ar": "العشاء الساعة السابعة، على حسابي!",
    "de": "Abendessen um sieben, ich lade ein!",
}
_RAIN = {"en": "It rains tomorrow, take an umbrella ☔️", "ja": "明日は雨、傘を忘れないで ☔️"}
_ORDER = {"name": "order", "title_args": ["2026-0921"], "content_args": ["白玫瑰十一枝", "骑手已取货，约 20 分钟送达"]}

CHAT_WORDS: tuple[list[Event], ...] = (
    [
        say("lin", friend, "七点吃饭，我请客！", translations=_DINNER)
        for friend in ("bob", "yuki", "omar", "lena", "xin", "mei")
    ],
    [say("mei", friend, "明天下雨，记得带伞 ☔️", translations=_RAIN) for friend in ("bob", "yuki", "omar", "lena")],
    [
        say(
            "bob",
            "xin",
            "Happy Mid-Autumn Festival!",
            translations={"zh-Hans": "中秋快乐！🥮", "de": "Frohes Mondfest!"},
        ),
        say("lena", "xin", "Bis morgen!", translations={"ZH-HANS": "明天见！"}),
        say("lena", "an", "Guten Morgen!", translations={"zh-Hans": "早上好！"}),
    ],
    [
        say("lin", "mei", "[图片]", bodies=({"type": "img", "filename": "sunset.jpg", "size": {"width": 1080}},)),
        say("hao", "lin", "[语音]", bodies=({"type": "audio", "length": 7},)),
        say("nainai", "lin", "[视频]", bodies=({"type": "video", "length": 31},)),
        say("care", "mia", "[文件]", bodies=({"type": "file", "filename": "发票.pdf"},)),
        say("qing", "fang", "[位置]", bodies=({"type": "loc", "addr": "外滩", "lat": 31.24, "lng": 121.49},)),
        say("lin", "nainai", "[自定义消息]", bodies=({"type": "custom", "customEvent": "red_packet"},)),
        say("zhou", "mei", "我是小周，换号码了"),
        say("zhou", "lin", "下班一起走吗？"),
    ],
    [
        say(
            "flower_shop",
            "lin",
            "您的订单有更新",
            ext={"em_push_template": _ORDER},
            shown={"lin": ("订单 2026-0921", "白玫瑰十一枝：骑手已取货，约 20 分钟送达")},
        ),
        # The template a message names wins over the one the receiver chose, and over a title in the message.
        say(
            "flower_shop",
            "an",
            "您的订单有更新",
            ext={"em_push_template": _ORDER, "em_push_ext": {"title": "花间小店"}},
            shown={"an": ("订单 2026-0921", "白玫瑰十一枝：骑手已取货，约 20 分钟送达")},
        ),
        say(
            "mia",
            "bob",
            "周六来我家包饺子！",
            translations={"en": "Come and make dumplings on Saturday!"},
            ext={"em_push_template": {"name": "invite"}},
            shown={"bob": ("米娅 邀请您", "Come and make dumplings on Saturday!")},
        ),
        say(
            "mei",
            "hao",
            "来听我的小提琴音乐会 🎻",
            ext={
                "em_push_template": {
                    "name": "order",
                    "title_args": ["音乐会"],
                    "content_args": ["{$fromNickname}", "{$msg}"],
                }
            },
            shown={"hao": ("订单 音乐会", "梅子：来听我的小提琴音乐会 🎻")},
        ),
        say("lin", "an", "今晚的月亮真圆 🌕"),
        # The receiver's own template wins over a title and content in the message.
        say("care", "an", "会员即将到期", ext={"em_push_ext": {"title": "客服中心", "content": "请续费"}}),
    ],
    [
        say(
            "flower_shop",
            "mei",
            "您的花已送达",
            ext={"em_push_ext": {"title": "花间小店", "content": "您的鲜花已放在门口 💐"}},
            shown={"mei": ("花间小店", "您的鲜花已放在门口 💐")},
        ),
        say(
            "flower_shop",
            "hao",
            "优惠",
            ext={"em_apns_ext": {"em_push_title": "教师节特惠", "em_push_content": "康乃馨第二束半价"}},
            shown={"hao": ("教师节特惠", "康乃馨第二束半价")},
        ),
        # Old senders pass the object as a JSON string.
        say(
            "care",
            "fang",
            "验证码",
            ext={"em_apns_ext": '{"em_push_title":"安全提醒","em_push_content":"您正在新设备上登录"}'},
            shown={"fang": ("安全提醒", "您正在新设备上登录")},
        ),
        say(
            "flower_shop",
            "zhou",
            "取货码",
            ext={"em_push_ext": {"title": "花间小店", "content": "取货码 8123", "custom": {"order": "8123"}}},
            shown={"zhou": ("花间小店", "取货码 8123")},
        ),
        say(
            "care",
            "qing",
            "优惠券已到账",
            ext={"em_apns_ext": {"em_push_sound": "coin.caf", "extern": {"page": "coupon"}}},
        ),
    ],
    [
        say("care", "bei", "您有 7 条待办", ext={"em_apns_ext": {"em_push_badge": 7}}, badge=7),
        say("lin", "bei", "明天见"),
        say("care", "gao", "您有 12 条待办", ext={"em_apns_ext": {"em_push_badge": 12}}, badge=12),
        say("nainai", "gao", "番茄真甜"),
    ],
    [
        say(
            "mia",
            "si",
            "只在手机上提醒你 📱",
            ext={"em_push_filter": {"accept_device_id": ["iphone_si", "pixel_si"]}},
            dark={"ipad_si": "filtered", "mate_si": "filtered"},
        ),
        say(
            "mia",
            "si",
            "平板在充电，别吵它",
            ext={"em_push_filter": {"ignore_device_id": ["ipad_si"], "accept_device_id": []}},
            dark={"ipad_si": "filtered"},
        ),
        say(
            "care",
            "si",
            "华为用户专属福利",
            ext={"em_push_filter": {"accept_notifier_name": ["104410638"]}},
            dark={"iphone_si": "filtered", "ipad_si": "filtered", "pixel_si": "filtered"},
        ),
        say(
            "care",
            "si",
            "安卓更新提醒",
            ext={"em_push_filter": {"ignore_notifier_name": ["com.example.chat"]}},
            dark={"iphone_si": "filtered", "ipad_si": "filtered"},
        ),
        say(
            "care",
            "hao",
            "iOS 用户专属福利",
            ext={"em_push_filter": {"accept_notifier_name": ["com.example.chat"]}},
            dark={"pixel_hao": "filtered"},
        ),
        say("lin", "si", "四台设备一起响，够热闹吧 🎊"),
    ],
    [
        # JIDs and capital letters name the same people.
        say(
            "lin",
            "mei",
            "新版客户端发来的问候 👋",
            spelled={
                "from": "demo#chat_lin@easemob.com",
                "to": "demo#chat_mei@easemob.com/ios_81",
                "direction": "offline",
            },
        ),
        say("mei", "lin", "收到，地址写全了也认得", spelled={"from": "demo#chat_mei@easemob.com", "to": "Lin"}),
        # Delivered twice: the second delivery changes nothing, as the badge of the message after it shows.
        say("hao", "nainai", "奶奶，您的药买好了 💊", again_after=5),
        say("mei", "zhou", "周五聚餐，别迟到", again_after=9),
        say("lin", "nainai", "奶奶晚安 🌙"),
        say("mia", "zhou", "我也去！"),
        say("lin", "wei", "老师，教师节快乐 🌹", again_after=7),
        say("mia", "nainai", "奶奶，毛衣真好看"),
        say("lin", "zhou", "收到"),
    ],
)
