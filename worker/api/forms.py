"""The forms that texts must have: regular expressions, and what they mean in words, for nobody is shown the former."""

from collections.abc import Mapping

#: Identifiers become parts of Redis keys and fields.
PRINTABLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
#: Easemob: letters and digits.
TEMPLATE_NAME = r"^[A-Za-z0-9]*$"
#: The form of BCP 47, in any case. Which languages there are is not checked: Easemob does not either.
LANGUAGE = r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3})?$"
_TIME = r"([01]?[0-9]|2[0-3]):[0-5]?[0-9]"
INTERVAL = f"^({_TIME}-{_TIME})?$"
DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
IN_WORDS: Mapping[str, str] = {
    PRINTABLE: "must have no control characters",
    TEMPLATE_NAME: "must be letters and digits",
    LANGUAGE: "must be a code such as zh-Hans, or empty",
    INTERVAL: "must be such as 22:00-07:30, or empty",
    DAY: "must be a day such as 2026-09-30",
}
