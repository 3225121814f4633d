"""Where Apple's pages are silent: each guess of the fake APNs has a name and can be switched."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Behaviour that is not documented by Apple, or that a deployment chooses."""

    #: ``production`` or ``sandbox``. Sandbox answers carry ``apns-unique-id``.
    environment: str = "production"
    #: Longest device token, in hexadecimal digits; Apple says only that the length varies.
    longest_token: int = 200
    #: Whether an explicit priority 10 on a background push is BadPriority; Apple says "an error".
    refuse_background_priority_10: bool = True
    #: Whether a push type whose topic lacks its suffix (``voip`` and ``.voip``) is BadTopic.
    require_topic_suffix: bool = True
    #: Whether an ``apns-id`` in capitals is BadMessageId; Apple asks for lower case.
    require_lower_case_id: bool = True
    #: How far in the future a token's ``iat`` may lie, in seconds.
    iat_ahead_s: int = 600
    #: The documented spelling; ``BadEnvironmentKeyInToken`` has been seen live.
    environment_key_reason: str = "BadEnvironmentKeyIdInToken"
    #: The stream limit after the first valid provider token; Apple says not to assume one.
    streams: int = 1000
