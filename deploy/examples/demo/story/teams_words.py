"""demo#teams: what the lock screen reads: translations, templates, titles, kinds of messages, badges."""

from story.scene import Event, say

_DEADLINE = {
    "de": "Die Frist ist Freitagmittag",
    "ja": "締め切りは金曜日の正午です",
    "ar": "الموعد النهائي ظهر يوم الجمعة",
    "zh-hans": "截止时间是周五中午",
}
_THANKS = {"de": "Danke an alle! 🙏", "zh-Hans": "谢谢大家！🙏"}
_MEETING = {"name": "meeting", "title_args": ["Sprint review"], "content_args": ["Today at 17:30"]}

TEAMS_WORDS: tuple[list[Event], ...] = (
    [
        say("anna", friend, "The deadline is Friday noon", translations=_DEADLINE)
        for friend in ("jonas", "hiro", "karim", "li", "ines", "emma")
    ],
    [say("ben", friend, "Thanks, everybody! 🙏", translations=_THANKS) for friend in ("jonas", "li", "hiro", "karim")],
    [
        say(
            "li",
            "jonas",
            "明天上午发布",
            translations={"de": "Wir veröffentlichen morgen früh", "en": "We release tomorrow morning"},
        ),
        say("hiro", "li", "お疲れさまでした", translations={"zh-Hans": "辛苦了", "en": "Good work today"}),
        say(
            "karim",
            "ines",
            "شكرا على الحلوى",
            translations={"en": "Thanks for the sweets", "PT": "Obrigado pelos doces"},
        ),
    ],
    [
        say("emma", "olga", "[Image]", bodies=({"type": "img", "filename": "whiteboard.png"},)),
        say("olga", "emma", "[Voice]", bodies=({"type": "audio", "length": 12},)),
        say("mia", "hiro", "[Video]", bodies=({"type": "video", "length": 45},)),
        say("hr", "mia", "[File]", bodies=({"type": "file", "filename": "payslip.pdf"},)),
        say(
            "ines",
            "karim",
            "[Location]",
            bodies=({"type": "loc", "addr": "Alexanderplatz", "lat": 52.52, "lng": 13.41},),
        ),
        say("ops", "emma", "[Custom message]", bodies=({"type": "custom", "customEvent": "poll"},)),
    ],
    [
        say(
            "anna",
            "chloe",
            "Sprint review today",
            ext={"em_push_template": _MEETING},
            shown={"chloe": ("📅 Sprint review", "Today at 17:30, with Anna Schmidt")},
        ),
        # The template a message names wins over the one the receiver chose.
        say(
            "anna",
            "sam",
            "Sprint review today",
            ext={"em_push_template": _MEETING},
            shown={"sam": ("📅 Sprint review", "Today at 17:30, with Anna Schmidt")},
        ),
        say("ben", "sam", "The salary letter is in your inbox"),
        say(
            "hr", "sam", "Holiday request approved", ext={"em_push_ext": {"title": "Holiday", "content": "Approved! 🏖️"}}
        ),
        say(
            "hr",
            "emma",
            "Your holiday is approved",
            ext={"em_push_ext": {"title": "People Team", "content": "Enjoy your ten days off 🏖️"}},
            shown={"emma": ("People Team", "Enjoy your ten days off 🏖️")},
        ),
        say(
            "hr",
            "chloe",
            "Training",
            ext={"em_apns_ext": '{"em_push_title": "Training", "em_push_content": "Three seats left"}'},
            shown={"chloe": ("Training", "Three seats left")},
        ),
        say(
            "ops",
            "ines",
            "db-2 is back",
            ext={"em_push_template": {"name": "incident", "title_args": ["Resolved"], "content_args": ["{$msg} ✅"]}},
            shown={"ines": ("🚨 Resolved", "Ops Bot: db-2 is back ✅")},
        ),
    ],
    [
        say("hr", "mia", "9 tasks are open", ext={"em_apns_ext": {"em_push_badge": 9}}, badge=9),
        say("hiro", "mia", "One of them is mine, sorry!"),
        say("ops", "olga", "Inbox zero! 🎉", ext={"em_apns_ext": {"em_push_badge": 1}}, badge=1),
        say("emma", "olga", "How did you do that?"),
    ],
    [
        say(
            "hr",
            "tom",
            "For Huawei phones only",
            ext={"em_push_filter": {"accept_notifier_name": ["104410777"]}},
            dark={"pixel_tom": "filtered"},
        ),
        say(
            "hr",
            "emma",
            "For iPads only",
            ext={"em_push_filter": {"accept_device_id": ["ipad_emma"]}},
            dark={"pixel_emma": "filtered"},
        ),
        say(
            "ben",
            "hiro",
            "Written from the old client",
            spelled={"from": "demo#teams_ben@easemob.com", "to": "demo#teams_hiro@easemob.com"},
        ),
        say("olga", "jonas", "The train leaves at 18:04", again_after=6),
        say("li", "karim", "The room is booked", again_after=11),
        say("olga", "jonas", "Platform 7"),
        say("li", "karim", "Second floor, left side"),
        say("emma", "david", "Sunday picnic? 🧺", again_after=4),
        say("ines", "jonas", "Boa viagem!"),
        say("ben", "karim", "I will bring the adapter"),
    ],
)
