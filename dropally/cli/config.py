"""`dropally config`: what counts now, where it is from, and whether a file is right."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from dropally.catalog.appliance import FILE_NAME
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, asked_for
from dropally.cli.host import opened_host
from dropally.cli.options import ConfigOption, JsonFlag
from dropally.cli.screen import Screen
from dropally.common.errors import NotFoundError
from dropally.config import Entry, LoadedConfig, find_config_file, load_config
from dropally.config.composing import ConsoleValues, Effective, compose
from dropally.config.reading import unknown_key
from dropally.config.stored import read_stored

config_app = typer.Typer(
    help="The configuration: file, environment and what the console changed.",
    no_args_is_help=True,
)


@config_app.command("show")
def show(
    origin: Annotated[bool, typer.Option("--origin", help="Say where each value is from.")] = False,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Show the keys that nobody has set, too.")
    ] = False,
    url: UrlOption = "",
    token: TokenOption = "",
    trust: TrustOption = "",
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Print what counts now. Secrets are shown as ***."""
    screen = Screen(as_json=as_json)
    with asked_for(url, token, trust, config) as api:
        if api is not None:
            answer = api.ask("GET", "/settings")
            values = [(one["key"], one["value"], one["origin"]) for one in answer["settings"]]
            _print_values(screen, values, answer["warnings"], origin=origin, defaults=defaults)
            return
    effective = _effective(config)
    values = [
        (entry.key, entry.shown, effective.origins[entry.key]) for entry in effective.entries()
    ]
    _print_values(screen, values, effective.warnings, origin=origin, defaults=defaults)


def _print_values(
    screen: Screen,
    values: Sequence[tuple[str, Any, str]],
    warnings: Sequence[str],
    *,
    origin: bool,
    defaults: bool,
) -> None:
    shown = {
        key: {"value": value, "origin": source}
        for key, value, source in values
        if defaults or source != "default"
    }
    width = max((len(_line(key, one["value"])) for key, one in shown.items()), default=0)
    for key, one in shown.items():
        line = _line(key, one["value"])
        screen.say(f"{line:<{min(width, 60)}}  # {one['origin']}" if origin else line)
    if not shown:
        screen.say("Nothing is set: every key has its default (--defaults shows them).")
    for warning in warnings:
        screen.problem(f"Warning: {warning}")
    screen.result(shown)


@config_app.command("get")
def get(
    key: Annotated[str, typer.Argument(help="A full name such as recovery.download_link_ttl.")],
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Print one value. A secret is shown as ***."""
    found = _find(_effective(config), key)
    screen = Screen(as_json=as_json)
    screen.say(found.shown if isinstance(found.shown, str) else _written(found.shown))
    screen.result(found.shown)


@config_app.command("check")
def check(config: ConfigOption = None, as_json: JsonFlag = False) -> None:
    """Read file and environment, and tell every mistake."""
    loaded = _loaded(config)
    screen = Screen(as_json=as_json)
    where = str(loaded.path) if loaded.path else "No file; the environment"
    count = sum(origin != "default" for origin in loaded.origins.values())
    screen.say(f"{where}: no mistakes, {count} keys set.")
    screen.result({"file": str(loaded.path or ""), "keys_set": count})


def _loaded(config: Path | None) -> LoadedConfig:
    return load_config(find_config_file(config, os.environ), os.environ)


def _effective(config: Path | None) -> Effective:
    """With the console's values where there is an appliance."""
    loaded = _loaded(config)
    if not (loaded.config.paths.data / FILE_NAME).exists():
        return compose(loaded, ConsoleValues())
    with opened_host(config) as host, host.ctx.read() as connection:
        return compose(loaded, read_stored(connection, host.ctx.sealer))


def _find(effective: Effective, key: str) -> Entry:
    found = {entry.key: entry for entry in effective.entries()}
    if key not in found:
        raise NotFoundError(unknown_key(key, key, found), hint="dropally config show --defaults")
    return found[key]


def _line(key: str, value: Any) -> str:
    return f"{key} = {_written(value)}"


def _written(value: Any) -> str:
    """As TOML writes it, which is as JSON does for all that we have."""
    return msgspec.json.encode(value).decode()
