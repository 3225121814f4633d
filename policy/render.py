"""Title and body: five sources, the highest that has something to say wins.

Low to high: display style, the app's template ``default``/``detail``, the message's own title and content, the
receiver's template, the template the message names.
Source: https://doc.easemob.com/document/server-side/push_template_overview.html
"""

from collections.abc import Callable

from policy.app import AppPolicy, Template
from policy.decision import Text
from policy.event import ChatType
from policy.extension import TemplateCall
from policy.language import translated
from policy.message import Message
from policy.receiver import Receiver
from policy.situation import Situation
from policy.template import LONGEST, fill
from policy.texts import TEXTS, Fold

#: The app's template that stands in for a display style, where the app has it: by whether the style shows text.
_STYLE_TEMPLATES = {False: "default", True: "detail"}


def render(message: Message, receiver: Receiver, app: AppPolicy) -> Text:
    """Return what the lock screen shows. Title and body are chosen apart: a message may bring only one of them."""
    text, language = translated(message, receiver.settings.language)
    said = (text if text is not None else _original(message, app))[:LONGEST]
    title = body = ""
    for source in _SOURCES if app.templates else _SOURCES_WITHOUT_TEMPLATES:
        next_title, next_body = source(message, receiver, app, said)
        title, body = title or next_title, body or next_body
        if title and body:
            break
    return Text(title[:LONGEST], body[:LONGEST], language)


def render_fold(situation: Situation, text: Text) -> Fold:
    """Return what the notification for several messages of the conversation is worded from.

    The product's own title speaks of one message: the conversation's name stands in its place, where names are shown.
    """
    locale, shows_names = situation.app.locale, situation.receiver.settings.shows_text
    if text.title != TEXTS[locale].title:
        return Fold(locale, text.title)
    return Fold(locale, _conversation_name(situation.message) if shows_names else "")


def _named_by_message(message: Message, receiver: Receiver, app: AppPolicy, said: str) -> tuple[str, str]:
    return _filled(app, _message_call(message, receiver), message, said)


def _chosen_by_receiver(message: Message, receiver: Receiver, app: AppPolicy, said: str) -> tuple[str, str]:
    return _filled(app, _call(receiver.settings.template), message, said)


def _own(message: Message, _receiver: Receiver, _app: AppPolicy, _said: str) -> tuple[str, str]:
    return message.extension.title or "", message.extension.content or ""


def _template_of_style(message: Message, receiver: Receiver, app: AppPolicy, said: str) -> tuple[str, str]:
    return _filled(app, _call(_STYLE_TEMPLATES[receiver.settings.shows_text]), message, said)


def _styled(message: Message, receiver: Receiver, app: AppPolicy, said: str) -> tuple[str, str]:
    texts = TEXTS[app.locale]
    if not receiver.settings.shows_text:
        return texts.title, texts.body
    return texts.title, f"{_speaker(message)}{said}"


#: From the highest source to the lowest; what the last one says is never empty. "" says nothing.
_SOURCES: tuple[Callable[[Message, Receiver, AppPolicy, str], tuple[str, str]], ...] = (
    _named_by_message,
    _chosen_by_receiver,
    _own,
    _template_of_style,
    _styled,
)
#: Where the app has no template, those that use none.
_SOURCES_WITHOUT_TEMPLATES = (_own, _styled)


def _message_call(message: Message, receiver: Receiver) -> TemplateCall | None:
    """Return the template this message names for this receiver; directed templates are for group messages."""
    extension = message.extension
    is_directed = message.event.chat_type is ChatType.GROUP and receiver.user.lower() in extension.directed_to
    return extension.directed_template if is_directed and extension.directed_template else extension.template


def _call(name: str | None) -> TemplateCall | None:
    return TemplateCall(name) if name else None


def _filled(app: AppPolicy, call: TemplateCall | None, message: Message, said: str) -> tuple[str, str]:
    """Fill a template; one that does not exist, or an app without advanced features, says nothing."""
    template: Template | None = app.templates.get(call.name) if call and app.advanced else None
    if call is None or template is None:
        return "", ""
    names = {name: value[:LONGEST] for name, value in _names(message, said).items()}
    return (
        fill(template.title_pattern, call.title_args, names),
        fill(template.content_pattern, call.content_args, names),
    )


def _speaker(message: Message) -> str:
    """Return who speaks, punctuated as the product does: ``昵称：`` with a nickname, ``id: `` without, group ids."""
    return f"{_conversation_name(message)}{'：' if _has_nickname(message) else ': '}"


def _conversation_name(message: Message) -> str:
    nickname = message.sender_nickname if _has_nickname(message) else None
    return nickname or message.conversation_id


def _has_nickname(message: Message) -> bool:
    return message.event.chat_type is ChatType.CHAT and bool(message.sender_nickname)


def _names(message: Message, text: str) -> dict[str, str]:
    nickname = message.sender_nickname or message.sender
    is_group = message.event.chat_type is ChatType.GROUP
    return {
        "fromNickname": nickname,
        "dynamicFrom": (is_group and message.extension.group_user_nickname) or nickname,
        "msg": text,
    }


def _original(message: Message, app: AppPolicy) -> str:
    """Return the first text of the message, or the word for its kind."""
    texts, bodies = TEXTS[app.locale], message.event.payload.bodies
    for body in bodies:
        if body.type == "txt" and body.msg:
            return body.msg
    return texts.kinds.get(bodies[0].type, texts.other) if bodies else texts.other
