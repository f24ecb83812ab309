"""What "Show as CLI" shows is what the commands take."""

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from dropally.cli.api.groups import TABLE, WRITTEN
from dropally.cli.main import build_application
from dropally.cli.tree import command_tree
from dropally.server.application import described

_SOURCES = Path(__file__).parents[2] / "web" / "src"
_ROW = re.compile(r'^  "?([\w.]+)"?:\s+"([^"]+)",$', re.MULTILINE)
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_PLACE = re.compile(r"\{([^}]+)\}")
_WRITTEN_OUT = re.compile(r"[`\"](dropally [a-z][^`\"\n]*)[`\"]")
# What stands for a value of this name; any word otherwise.
_VALUES = {
    "all": "",
    "days": "90",
    "entities": "ann@example.com bob@example.com",
    "from": "2026-11-01",
    "daily": "7",
    "hour": "03:00",
    "key=value": "server.base_url=https://dropally.example 'limits.memory=512 MiB'",
    "last": "1",
    "monthly": "12",
    "name": "'Whole team'",
    "purpose": "restore",
    "rule=value": "password_min=14",
    "to": "2026-11-02",
    "weekly": "4",
    "yearly": "3",
}


def table() -> dict[str, str]:
    """Names and templates of `web/src/ui/commands.ts`."""
    return dict(_ROW.findall((_SOURCES / "ui" / "commands.ts").read_text()))


def filled(template: str) -> str:
    return _PLACE.sub(lambda found: _VALUES.get(found[1], "word"), template)


def variants(template: str) -> Iterator[str]:
    """Without what can be left out, with all of it."""
    yield filled(_OPTIONAL.sub("", template))
    yield filled(_OPTIONAL.sub(r"\1", template))


_CALL = re.compile(r'api\s*\.(POST|PATCH|DELETE)\(\s*"([^"]+)"')
# Actions whose command is not shown where they are, and why.
_SHOWN_ELSEWHERE = {
    "change_selection": "the basket: `restore` and `export` take the items themselves",
    "create_selection": "the basket: `restore` and `export` take the items themselves",
}


@cache
def top(name: str) -> Any:
    return typer.main.get_command(build_application(name))


def parse(words: list[str]) -> None:
    """As the shell would start it; nothing is run. Raises what the parser says."""
    command = top(words[0]).commands[words[0]]
    rest = words[1:]
    while hasattr(command, "commands"):
        command, rest = command.commands[rest[0]], rest[1:]
    command.make_context(command.name, rest)


@pytest.mark.parametrize("name", sorted(table()))
def test_a_command_that_the_console_shows_is_taken(name: str) -> None:
    for line in variants(table()[name]):
        parse(shlex.split(line))


def test_a_command_with_a_wrong_word_is_not_taken() -> None:
    with pytest.raises(Exception, match="unexpected extra argument"):
        parse(shlex.split("user set-role ann@example.com viewer"))


def test_commands_that_are_written_out_name_commands_and_options_that_there_are() -> None:
    known = {node.path: {flag for flags in node.flags for flag in flags} for node in command_tree()}
    for path in sorted(_SOURCES.rglob("*.ts*")):
        for line in _WRITTEN_OUT.findall(path.read_text()):
            if "${" in line.split()[1] or path.name == "commands.ts":
                continue
            words = [word for word in line.split()[1:] if re.fullmatch(r"--?[a-z-]+|[a-z-]+", word)]
            plain = [word for word in words if not word.startswith("-")]
            paths = [tuple(plain[:2]), tuple(plain[:1])]
            found = next((one for one in paths if one in known), None)
            assert found is not None, f"{path.name}: {line}"
            options = {word for word in words if word.startswith("--")}
            assert options <= known[found], f"{path.name}: {line}"


def test_every_action_of_the_console_that_has_a_command_shows_it() -> None:
    sources = [path.read_text() for path in _SOURCES.rglob("*.ts*") if path.name != "schema.d.ts"]
    shown = {" ".join(line.split()[:2]) for line in table().values()}
    for text in sources:
        shown |= {" ".join(line.split()[1:3]) for line in _WRITTEN_OUT.findall(text)}
    paths = json.loads(described())["paths"]
    called = {
        paths[path][method.lower()]["operationId"]
        for text in sources
        for method, path in _CALL.findall(text)
    }
    for operation in sorted(called - set(_SHOWN_ELSEWHERE)):
        commands = _commands_of(operation)
        assert not commands or commands & shown, f"{operation}: show one of {sorted(commands)}"


def _commands_of(operation: str) -> set[str]:
    """Its commands, as far as two words name them."""
    rows = {f"{row.group} {row.name}" for row in TABLE if row.operation == operation}
    written = {
        f"{one.group} {one.name}" for one in WRITTEN if one.group and operation in one.operations
    }
    return rows | written
