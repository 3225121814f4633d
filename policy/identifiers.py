"""Easemob's user ids: bare ids, JIDs, and the case they are compared in."""

#: Easemob's own are up to 64 characters long.
LONGEST_USER = 255


def bare_user(identifier: str, appkey: str) -> str:
    """Return the lower-case user id of a bare id or of a JID ``org#app_user@host/resource``.

    Easemob lower-cases user ids; comparing them any other way would miss settings and mentions.
    """
    user = identifier.lower()
    if "#" not in user:  # a JID has the app key's
        return user
    prefix = f"{appkey.lower()}_"
    if not user.startswith(prefix):
        return user
    return user[len(prefix) :].split("@", 1)[0]


def is_user(user: str) -> bool:
    """Return whether a user can be called so: what is not printable would end a line of the ledger or of a log."""
    return 0 < len(user) <= LONGEST_USER and user.isprintable()
