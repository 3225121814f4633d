"""Easemob's user ids: bare ids, JIDs, and the case they are compared in."""


def bare_user(identifier: str, appkey: str) -> str:
    """Return the lower-case user id of a bare id or of a JID ``org#app_user@host/resource``.

    Easemob lower-cases user ids; comparing them any other way would miss settings and mentions.
    """
    user = identifier.lower()
    prefix = f"{appkey.lower()}_"
    if not user.startswith(prefix):
        return user
    return user[len(prefix) :].split("@", 1)[0]
