"""Which text the receiver reads: the translation in the preferred language, or the original."""

from policy.message import Message

ORIGINAL = "original"


def translated(message: Message, language: str | None) -> tuple[str | None, str]:
    """Return (text, code) of the translation in this language, or (None, ``original``).

    Codes are compared without case and as a whole: the product knows no fall-back from ``zh-Hans`` to ``zh``.
    Source: https://doc.easemob.com/document/server-side/push_translation.html
    """
    meta, wanted = message.event.payload.meta, (language or "").lower()
    for translation in (meta.translations if meta and wanted else None) or ():
        if translation.code.lower() == wanted:
            return translation.text, translation.code
    return None, ORIGINAL
