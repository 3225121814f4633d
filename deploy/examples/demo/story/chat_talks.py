"""demo#chat, ordinary evenings: two people at a time, nothing special."""

from story.scene import Event, offline, online, say, talk

CHAT_TALKS: tuple[list[Event], ...] = (
    talk(
        "lin mei",
        "晚上去吃火锅吗？🍲",
        "好呀，老地方？",
        "嗯，七点半，我先去排队",
        "帮我点一份虾滑！",
        "已经点了两份 😋",
        "爱你！马上出门",
    ),
    [
        online("mei", "iphone"),
        say("lin", "mei", "我到楼下了"),
        say("hao", "mei", "梅子，明天的电影票我买好了 🎬"),
        offline("mei", "iphone"),
        say("lin", "mei", "忘了说，记得带伞 ☔️"),
        say("hao", "mei", "还是老位置，第七排"),
    ],
    talk("hao lin", "周六踢球，来不来？⚽️", "来！几点？", "三点，世纪公园", "我带水，你带球", "没问题"),
    talk(
        "nainai lin", "小北，吃饭了没有", "吃啦奶奶，您早点休息", "周末回来，给你做红烧肉", "好！我带您爱吃的桂花糕 🌸"
    ),
    talk("mia si", "四宝，你的快递到了", "谢谢米娅！放门口就好", "有点沉，我帮你搬进去", "改天请你喝奶茶 🧋"),
    talk("zhou hao", "有空帮我看看电脑吗", "明天中午过去", "好，我准备咖啡 ☕️", "要冰美式"),
    talk("fang qing", "作业写完了吗", "还差最后一题", "第三题选哪个？", "C，我算了两遍", "果然，我也是 C", "明天见！"),
    talk("an mia", "我养的多肉开花了 🌵", "快发照片！", "明天早上拍，晚上看不清", "好，等你"),
    talk("bei an", "新书看到哪一章了？", "第九章，停不下来", "别剧透！", "放心 🤐"),
    talk("gao nainai", "阿姨，菜园的番茄熟了", "好好，明早来摘", "我给您留了最红的几个 🍅", "谢谢老高"),
    talk("care zhou", "您的退款已经到账，请查收", "收到，谢谢", "祝您生活愉快 🌼"),
    talk("lin an", "周末有空爬山吗？", "有！哪座山？", "佘山，不高，风景好", "那我带相机 📷"),
    talk("bob lena", "Are you still in Shanghai?", "Ja, bis Freitag!", "Dinner tomorrow? 🥟", "Sehr gern, um acht?"),
    talk("yuki bob", "日本のお茶、届きましたか？🍵", "Yes! It smells wonderful", "よかった！", "Thank you so much"),
    talk("omar bob", "مرحبا بوب، كيف حالك؟", "Great! How was the flight?", "طويلة ولكن جميلة ✈️", "See you on Sunday"),
    talk("xin peng", "车修好了吗？", "修好了，明天能开", "那我搭你的车上班", "七点半楼下等你 🚗"),
    talk("hao peng", "球鞋多少码？", "四十二", "正好，送你一双"),
    talk("mia fang", "生日快乐！🎂", "谢谢米娅！", "礼物在路上了", "好期待"),
    talk("qing si", "演唱会的票抢到了！🎉", "真的吗？太棒了", "第三排！", "我要哭了 😭"),
    talk("ying qing", "下周的课改到周三", "收到，谢谢提醒", "记得带画笔 🎨"),
)
