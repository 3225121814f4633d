"""demo#teams: whoever is connected somewhere, asked for quiet, or cannot be reached."""

from story.scene import EVERYONE, Event, Presence, kicked, offline, online, post, say
from story.teams_cast import TOWN_SQUARE

_FORCE = {"em_force_notification": True}

TEAMS_PEOPLE: tuple[list[Event], ...] = (
    [
        say("emma", "anna", "Your demo went really well 👏"),
        say("olga", "ben", "The contract is signed ✍️"),
        say("emma", "pavel", "Are the servers patched?"),
        offline("ben", "pixel"),
        say("olga", "ben", "You left your umbrella here"),
        Presence("pavel", "offline", "galaxy_pavel"),
        say("emma", "pavel", "Never mind, I saw the changelog"),
        Presence("anna", "offline", "web_1"),
        say("emma", "anna", "Enjoy your evening!"),
        Presence("anna", "online", "ios_2", "iphone_anna"),
        say("olga", "anna", "One last question about the offer"),
        Presence("anna", "offline", "ios_2", "iphone_anna"),
        say("olga", "anna", "It can wait until tomorrow"),
    ],
    [
        say("emma", "david", "No need to answer now"),
        say("ops", "david", "Disk almost full on db-2", ext=_FORCE, expect={"david": "pushed"}),
        say("anna", "felix", "Coffee?"),
        say("anna", "felix", "@Felix the demo starts in five", ext={"em_at_list": ["felix"]}, called=("felix",)),
        say(
            "emma", "felix", "@Felix one more thing", ext={"em_apns_ext": {"em_at_list": ["felix"]}}, called=("felix",)
        ),
        say("mia", "grace", "Did you see the new office plants? 🌱"),
        # In this app force beats every wish for quiet.
        say("hr", "grace", "Building evacuation drill at five", ext=_FORCE, expect={"grace": "pushed"}),
        say("jonas", "noah", "Tell me when you are back"),
        say("ops", "noah", "Your deployment failed", ext={"em_force_notification": "true"}, expect={"noah": "pushed"}),
        say("anna", "zoe", "I love your poster 🎨", expect={"zoe": "pushed"}),
        say("hr", "zoe", "Please fill in the survey", expect={"zoe": "dnd_conversation"}),
        say("ben", "zoe", "Are you in today?"),
        say("ops", "zoe", "Your certificate expires today", ext=_FORCE, expect={"zoe": "pushed"}),
    ],
    [
        say("emma", "rosa", "Welcome to the team, Rosa! 🎈"),
        say("hr", "rosa", "Please install the app on your phone"),
        say("emma", "tom", "New badge photos on Thursday 📸"),
        say("mia", "uma", "Which phone do you use now?"),
        say("ben", "quinn", "You seem to be logged out"),
        online("quinn", "galaxy"),
        offline("quinn", "galaxy"),
        say("ben", "quinn", "There you are! The keys are at the front desk 🔑"),
        kicked("quinn", "galaxy"),
        say("ben", "quinn", "And gone again"),
        say("olga", "yara", "The workshop is full 🎉"),
        offline("yara", "ipad"),
        say("olga", "yara", "Two more people would like to join"),
    ],
    [
        say("ops", "emma", "Weekly report", age_hours=30, expect={EVERYONE: "expired"}),
        say("hr", "anna", "Reminder from last week", age_hours=170, expect={EVERYONE: "expired"}),
        say("ops", "ben", "Heartbeat", ext={"em_ignore_notification": True}, expect={EVERYONE: "ignored_by_sender"}),
        say(
            "ops",
            "olga",
            "Nightly sync",
            ext={"em_ignore_notification": "true", "em_force_notification": "true"},
            expect={EVERYONE: "ignored_by_sender"},
        ),
        say("ops", "jonas", "", bodies=({"type": "cmd", "action": "refresh"},), expect={EVERYONE: "command_message"}),
        say(
            "mia",
            "chloe",
            "is typing",
            payload={"routetype": "ROUTE_ONLINE"},
            expect={EVERYONE: "online_only"},
            is_stored=False,
        ),
        say("mia", "mia", "Note to self: water the plants 🪴"),
        post(TOWN_SQUARE, "anna", "Welcome, everybody!", expect={EVERYONE: "chat_type"}, is_stored=False),
        post(TOWN_SQUARE, "ben", "Hello from the balcony", expect={EVERYONE: "chat_type"}, is_stored=False),
        say("hiro", "chloe", "The café closes at six"),
        say("olga", "jonas", "The release notes are ready"),
    ],
    # The only messages that ever reach these three.
    [
        say("anna", "vera", "Vera, are you still using your old phone?"),
        say("ben", "walt", "Walt, your parcel is at reception 📦"),
        say("emma", "xena", "Xena, see you at the offsite!"),
    ],
)
