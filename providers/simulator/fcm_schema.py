"""The fields of FCM's ``messages:send``, as tables.

https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
"""

from providers.simulator.fcm_json import (
    boolean,
    duration,
    enum,
    int32,
    message,
    number,
    repeated,
    string,
    string_map,
    struct,
    timestamp,
)

_ANALYTICS = {"analytics_label": string}

_LIGHT_SETTINGS = {
    "color": message(dict.fromkeys(("red", "green", "blue", "alpha"), number)),
    "light_on_duration": duration,
    "light_off_duration": duration,
}

_ANDROID_NOTIFICATION = {
    **dict.fromkeys(("title", "body", "icon", "color", "sound", "tag", "click_action", "channel_id"), string),
    **dict.fromkeys(("title_loc_key", "body_loc_key", "ticker", "image"), string),
    **dict.fromkeys(("title_loc_args", "body_loc_args"), repeated(string)),
    **dict.fromkeys(("sticky", "local_only", "bypass_proxy_notification"), boolean),
    **dict.fromkeys(("default_sound", "default_vibrate_timings", "default_light_settings"), boolean),
    "event_time": timestamp,
    "notification_priority": enum(
        "AndroidNotification.NotificationPriority",
        "PRIORITY_UNSPECIFIED",
        "PRIORITY_MIN",
        "PRIORITY_LOW",
        "PRIORITY_DEFAULT",
        "PRIORITY_HIGH",
        "PRIORITY_MAX",
    ),
    "vibrate_timings": repeated(duration),
    "visibility": enum("AndroidNotification.Visibility", "VISIBILITY_UNSPECIFIED", "PRIVATE", "PUBLIC", "SECRET"),
    "notification_count": int32,
    "light_settings": message(_LIGHT_SETTINGS),
    "proxy": enum("AndroidNotification.Proxy", "PROXY_UNSPECIFIED", "ALLOW", "DENY", "IF_PRIORITY_LOWERED"),
}

_ANDROID = {
    **dict.fromkeys(("collapse_key", "restricted_package_name"), string),
    **dict.fromkeys(("direct_boot_ok", "bandwidth_constrained_ok", "restricted_satellite_ok"), boolean),
    "priority": enum("AndroidConfig.AndroidMessagePriority", "NORMAL", "HIGH"),
    "ttl": duration,
    "data": string_map,
    "notification": message(_ANDROID_NOTIFICATION),
    "fcm_options": message(_ANALYTICS),
}

_WEBPUSH = {
    "headers": string_map,
    "data": string_map,
    "notification": struct,
    "fcm_options": message({"link": string, **_ANALYTICS}),
}

_APNS = {
    "headers": string_map,
    "payload": struct,
    "fcm_options": message({"image": string, **_ANALYTICS}),
    "live_activity_token": string,
}

_MESSAGE = {
    **dict.fromkeys(("name", "fid", "token", "topic", "condition"), string),
    "data": string_map,
    "notification": message(dict.fromkeys(("title", "body", "image"), string)),
    "android": message(_ANDROID),
    # New, and its members are not written down yet.
    "android_v2": struct,
    "webpush": message(_WEBPUSH),
    "apns": message(_APNS),
    "fcm_options": message(_ANALYTICS),
}

#: Parses a whole request body.
SEND_REQUEST = message({"message": message(_MESSAGE), "validate_only": boolean})
