"""demo#chat: whoever asked for quiet, and whoever cannot be reached."""

from story.scene import EVERYONE, Event, kicked, offline, online, say, talk

_FORCE = {"em_force_notification": True}
_SILENT = {"em_ignore_notification": True}

CHAT_PEOPLE: tuple[list[Event], ...] = (
    [
        say("qing", "wei", "老师，明天的考试带计算器吗？"),
        say("fang", "wei", "老师晚安，作业已经交了"),
        say("dage", "wei", "校门口水管爆了，请马上回电！", ext=_FORCE, expect={"wei": "pushed"}),
        say("care", "wei", "本月对账单已生成"),
        say("lin", "shan", "睡了吗？"),
        # Force beats the interval, but not the remind type below it.
        say(
            "hao", "shan", "急！钥匙在你那里吗？", ext={"em_force_notification": "YES"}, expect={"shan": "remind_none"}
        ),
        say("lin", "bei", "还没睡吧？聊五分钟"),
    ],
    [
        say("mei", "jun", "开会别睡着 😴"),
        say("lin", "jun", "航班取消了，快看邮件", ext={"em_force_notification": "true"}, expect={"jun": "pushed"}),
        say("mia", "jun", "到家告诉我"),
        say("lin", "tao", "涛哥，打球吗？"),
        say("mei", "tao", "真的很急", ext=_FORCE),
        say("lin", "na", "娜娜，看到回我"),
        say("mei", "na", "@娜娜 快递放前台了", ext={"em_at_list": ["na"]}, called=("na",)),
        say("hao", "na", "@娜娜 加班餐到了", ext={"em_at_list": ["NA"]}, called=("na",)),
    ],
    [
        say("tao", "peng", "哥，借我五百", expect={"peng": "remind_none"}),
        say("care", "peng", "新品上线，全场八折", expect={"peng": "dnd_conversation"}),
        say("care", "peng", "您的账户有异地登录", ext=_FORCE),
        say("hao", "peng", "别忘了周六的球赛 ⚽️"),
        say("lin", "peng", "到了发个消息"),
        say("lin", "xue", "小雪，生日快乐！🎂", expect={"xue": "pushed"}),
        say("mei", "xue", "有空聊聊吗？"),
        say("hao", "xue", "周末一起看展？"),
    ],
    [
        say("lin", "dage", "大哥，到上海了吗？"),
        say("mei", "dage", "给你留了饭 🍚"),
        say("hao", "gu", "古月，你换手机了？"),
        say("lin", "shi", "石头，测试版好用吗？"),
        say("lin", "kai", "凯凯，你在吗？"),
        online("kai", "iphone"),
        say("mei", "kai", "欢迎回来！"),
        offline("kai", "iphone"),
        say("hao", "kai", "刚才掉线了？再说一次：明天九点集合"),
        online("kai", "iphone"),
        kicked("kai", "iphone"),
        say("lin", "kai", "收到请回复"),
    ],
    [
        say("lin", "ying", "小莹，新手机收到消息了吗？"),
        say("mia", "ying", "周三的画展我买了票 🖼️"),
        say("lin", "ming", "小明，电脑前坐太久啦"),
        say("mei", "ming", "起来走走 🚶"),
        say("lin", "gao", "老高，看到你家灯亮着"),
        say("hao", "gao", "明早六点钓鱼 🎣"),
        # Nobody ever saw this user id before.
        say("lin", "passer_by", "请问这是王先生的号码吗？"),
    ],
    [
        say("lin", "bob", "昨天的照片", age_hours=26, expect={EVERYONE: "expired"}),
        say("mei", "hao", "前天的红包你还没领", age_hours=49, expect={EVERYONE: "expired"}),
        say("care", "lin", "系统将于凌晨维护，无需处理", ext=_SILENT, expect={EVERYONE: "ignored_by_sender"}),
        say("care", "fang", "静默同步", ext={**_SILENT, **_FORCE}, expect={EVERYONE: "ignored_by_sender"}),
        say("care", "mia", "账单已归档", ext={"em_ignore_notification": "YES"}, expect={EVERYONE: "ignored_by_sender"}),
        say("lin", "mei", "", bodies=({"type": "cmd", "action": "typing"},), expect={EVERYONE: "command_message"}),
        say("lin", "ming", "", bodies=({"type": "cmd", "action": "recall"},), expect={EVERYONE: "command_message"}),
        say(
            "hao",
            "lin",
            "正在输入…",
            payload={"routetype": "ROUTE_ONLINE"},
            expect={EVERYONE: "online_only"},
            is_stored=False,
        ),
        say("mei", "lin", "👋", ext={"deliverOnlineOnly": True}, expect={EVERYONE: "online_only"}, is_stored=False),
        say("lin", "lin", "备忘：周五交房租 🏠"),
        say("lin", "hao", "最后确认一次，周六三点"),
    ],
    talk("nainai mei", "梅子，天冷了加件衣服", "知道啦奶奶 ❤️", "毛衣织好了，红色的", "哇，谢谢奶奶！"),
    # The only messages that ever reach these three.
    [
        say("lin", "man", "小满，你的旧手机还在用吗？"),
        say("mei", "guyu", "谷雨，好久不见，一起喝茶？🍵"),
        say("hao", "liqiu", "立秋，周末来打球！"),
    ],
)
