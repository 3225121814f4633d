"""Where Easemob's interface begins: with the app, and for most of it with a user of the app."""

APP = "/{org}/{app}"
USER = f"{APP}/users/{{user}}"
