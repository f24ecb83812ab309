"""All commands with their options, for completion and for the reference page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import typer.main

from dropally.cli.main import COMMANDS, GROUPS, build_application


@dataclass(frozen=True)
class CommandNode:
    """One command: `path` are the words after `dropally`. Flags are the long and short names."""

    path: tuple[str, ...]
    help: str
    arguments: tuple[str, ...]
    flags: tuple[tuple[str, ...], ...]


def command_tree() -> list[CommandNode]:
    """Every command there is. Loads the code of all of them."""
    found: list[CommandNode] = []
    for name in (*COMMANDS, *GROUPS):
        top: Any = typer.main.get_command(build_application(name))
        found += _nodes(top.commands[name], (name,))
    return found


def _nodes(command: Any, path: tuple[str, ...]) -> Iterator[CommandNode]:
    subcommands = getattr(command, "commands", None)
    if subcommands:
        for name, one in subcommands.items():
            yield from _nodes(one, (*path, name))
        return
    options = [one for one in command.params if one.param_type_name == "option"]
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    yield CommandNode(
        path=path,
        help=(command.help or "").strip().splitlines()[0],
        arguments=tuple(_written(one) for one in arguments),
        flags=tuple((*one.opts, *one.secondary_opts) for one in options),
    )


def _written(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper())
    return name if argument.required else f"[{name}]"
