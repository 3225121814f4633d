"""demo#teams, an ordinary afternoon: two people at a time, nothing special."""

from story.scene import Event, offline, online, say, talk

TEAMS_TALKS: tuple[list[Event], ...] = (
    talk(
        "emma olga",
        "Could you look at my pull request?",
        "Sure, give me ten minutes",
        "No hurry at all 🙂",
        "Done: two small comments",
        "Thanks, that was fast!",
        "Any time",
    ),
    talk("anna emma", "Lunch tomorrow?", "Yes! The new ramen place?", "Perfect, 12:30 🍜", "I'll book a table"),
    [
        online("emma", "pixel"),
        say("olga", "emma", "Are you at your desk?"),
        say("anna", "emma", "The table is booked for four"),
        offline("emma", "pixel"),
        say("olga", "emma", "Found the bug, it was the time zone"),
        say("anna", "emma", "See you at half past twelve"),
    ],
    talk(
        "hiro mia",
        "I fixed the flaky test 🎉",
        "You are my hero",
        "It was the clock, as always",
        "It is always the clock",
    ),
    talk(
        "chloe anna",
        "The new icons are in the drive",
        "They look gorgeous ✨",
        "The blue one as well?",
        "Especially the blue one",
    ),
    talk("karim ines", "How was Lisbon?", "Sunny, warm and full of pastéis", "Jealous!", "I brought you some 🥧"),
    talk(
        "li jonas",
        "The build is green again",
        "Super, danke!",
        "Shall we release today?",
        "Tomorrow morning, with fresh coffee ☕️",
    ),
    talk("sam chloe", "The printer is out of paper", "Third drawer on the left", "You are a lifesaver"),
    talk("mia olga", "Happy birthday! 🎂", "Thank you, Mia!", "There is cake in the kitchen", "On my way 🏃"),
    talk(
        "ben anna",
        "Can you review the budget?",
        "Which version?",
        "The one from Friday",
        "Looks good, one typo on page 2",
    ),
    talk("jonas hiro", "Do you have the conference slides?", "Sending them tonight", "Great, no rush", "Cheers 🍵"),
    talk("ines sam", "Is the projector free at five?", "All yours", "Thanks, Sam"),
    talk("emma jonas", "Your flight is delayed by an hour", "Ah well, more time for cake 🍰", "Safe travels!"),
)
