"""``offline-push token``: a bearer token of the HTTP API, or the end of those that were given."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.interrupt import run_interruptible
from worker.cli.options import ConfigFile, configured

if TYPE_CHECKING:
    from worker.config import Config

App = Annotated[str, typer.Option("--app", metavar="ORG#APP", help="App key.")]
User = Annotated[str | None, typer.Option("--user", help="User id, for a user token. Without: an app token.")]
Ttl = Annotated[
    int | None, typer.Option("--ttl", min=1, max=31_536_000, help="Life in seconds. Default: api.token_ttl_s.")
]
Revoke = Annotated[
    bool, typer.Option("--revoke", help="End all tokens of the user, or without --user of the app and all its users.")
]


def run(app: App, user: User = None, ttl: Ttl = None, config: ConfigFile = None, *, revoke: Revoke = False) -> None:
    """Print a token for the HTTP API, made from the app's client_secret_file; or revoke those that were given."""
    from policy.identifiers import bare_user, is_user

    settings = configured(config, check_files=False)
    named = None if user is None else bare_user(user, app)
    if named is not None and not is_user(named):
        raise typer.BadParameter("is no user id", param_hint="--user")
    if not revoke:
        sys.stdout.write(_minted(settings, app, named, ttl) + "\n")
        return
    if ttl is not None:
        raise typer.BadParameter("has no meaning with --revoke", param_hint="--ttl")
    run_interruptible(_revoke(settings, app, named))
    sys.stdout.write(f"revoked: what was given until now to {named if named is not None else f'{app} and its users'}\n")


def _minted(settings: "Config", app: str, user: str | None, ttl_s: int | None) -> str:
    from worker.clock import wall_clock
    from worker.config_faults import ConfigError
    from worker.tokens import authority

    _check_app(settings, app)
    found = authority(app, settings.apps[app])
    if found is None:
        raise ConfigError([f'apps."{app}".client_secret_file: not set, and tokens are made from it'])
    return found.mint(user, settings.api.token_ttl_s if ttl_s is None else ttl_s, wall_clock())


async def _revoke(settings: "Config", app: str, user: str | None) -> None:
    from worker.clock import wall_clock
    from worker.redis_access import connection_of
    from worker.store.scripts import Scripts
    from worker.store.tokens import TokenStore

    _check_app(settings, app)
    connection = connection_of(settings)
    store = TokenStore(connection.writer, Scripts(connection.writer))
    try:
        await (store.revoke_app(app, wall_clock()) if user is None else store.revoke_user(app, user, wall_clock()))
    finally:
        await connection.aclose()


def _check_app(settings: "Config", app: str) -> None:
    from worker.config_faults import ConfigError

    if app not in settings.apps:
        raise ConfigError([f'apps."{app}": not in the configuration'])
