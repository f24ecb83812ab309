"""Commands described as data: which operation they ask for, with what, and what they show.

Most commands only pass words to the API and print what comes back. They are rows of tables, from
which `commands_of` makes functions that the command line takes like any other.
"""

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from dropally.cli.api.cells import Column, show_record, table_rows
from dropally.cli.api.client import ApiClient
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption, address_of, opened_api
from dropally.cli.api.names import Meaning, id_of
from dropally.cli.api.watching import watch_job
from dropally.cli.options import ConfigOption, JsonFlag, QuietFlag, YesFlag
from dropally.cli.screen import Screen
from dropally.common.errors import UsageError

_ROWS_SHOWN = 100
Place = Literal["path", "query", "body"]
_DESTRUCTIVE = "This cannot be taken back. Go on?"


@dataclass(frozen=True)
class Word:
    """One thing that is typed: an argument, or with `flag` an option.

    `name` is the API's name of it; in bodies a dot leads into an object. `means`: what is typed may
    be a name, which is looked up. An option with a `default` of False is a flag.
    """

    name: str
    help: str
    place: Place = "query"
    kind: type = str
    flag: str = ""
    means: Meaning | None = None
    many: bool = False
    default: Any = None

    @property
    def parameter(self) -> str:
        """As a function's parameter."""
        return self.name.replace(".", "_").replace("-", "_")


@dataclass(frozen=True)
class ApiCommand:
    """One command. `fixed` is always sent in the body; `confirm` is asked unless --yes is given.

    `changes`: the operation wants to know what was read before (ETag), at `read_at` if elsewhere.
    `starts`: it starts a job, which `--wait` follows to its end. `done` is said afterwards, with
    fields of the answer in braces.
    """

    group: str
    name: str
    operation: str
    method: str
    path: str
    help: str
    words: tuple[Word, ...] = ()
    columns: tuple[Column, ...] = ()
    empty: str = ""
    done: str = ""
    confirm: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    changes: bool = False
    read_at: str = ""
    starts: bool = False
    items: str = ""
    writes: str = ""

    @property
    def is_list(self) -> bool:
        """True if it shows the pages of a list."""
        return self.method == "GET" and bool(self.columns) and not self.items


def function_of(command: ApiCommand) -> Callable[..., None]:
    """The function that the command line calls."""

    def run(**given: Any) -> None:
        _run(command, given)

    run.__signature__ = inspect.Signature(_parameters(command))  # type: ignore[attr-defined]
    run.__annotations__ = {
        name: one.annotation for name, one in run.__signature__.parameters.items()
    }  # type: ignore[attr-defined]
    run.__doc__ = command.help
    return run


def _parameters(command: ApiCommand) -> list[inspect.Parameter]:
    found = [_parameter(word) for word in command.words]
    common: list[tuple[str, Any, Any]] = []
    if command.is_list:
        limit = typer.Option("--limit", help="How many rows at most; 0 for all.")
        common.append(("limit", Annotated[int, limit], _ROWS_SHOWN))
    if command.starts:
        wait = typer.Option("--wait", help="Follow the job to its end.")
        common.append(("wait", Annotated[bool, wait], False))
    if command.writes:
        out = typer.Option(
            "--out", "-o", help="The file to write; the standard output if left out."
        )
        common.append(("out", Annotated[Path | None, out], None))
    if command.confirm:
        common.append(("yes", YesFlag, False))
    common += [
        ("url", UrlOption, ""),
        ("token", TokenOption, ""),
        ("trust", TrustOption, ""),
        ("config", ConfigOption, None),
        ("as_json", JsonFlag, False),
        ("quiet", QuietFlag, False),
    ]
    for name, annotation, default in common:
        found.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
            )
        )
    return found


def _parameter(word: Word) -> inspect.Parameter:
    kind: Any = list[word.kind] if word.many else word.kind  # type: ignore[name-defined]
    if word.flag:
        names = [word.flag]
        if word.kind is bool and word.default is None:
            names = [f"{word.flag}/--no-{word.flag.removeprefix('--')}"]
        optional = kind if word.default is not None else kind | None
        annotation = Annotated[optional, typer.Option(*names, help=word.help, show_default=False)]
        default = word.default
    else:
        metavar = word.name.rpartition(".")[2].removesuffix("_id").upper()
        annotation = Annotated[kind, typer.Argument(help=word.help, metavar=metavar)]
        default = inspect.Parameter.empty if word.default is None else word.default
    return inspect.Parameter(
        word.parameter, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


# -- running ------------------------------------------------------------------------------


def _run(command: ApiCommand, given: Mapping[str, Any]) -> None:
    screen = Screen(as_json=given["as_json"], quiet=given["quiet"])
    address = address_of(given["url"], given["token"], given["trust"], os.environ)
    with opened_api(address, given["config"]) as api:
        path, query, body = _request(api, command, given)
        if command.confirm and not given["yes"]:
            _confirm(command, given)
        if command.writes:
            write_stream(api, path, query, given["out"])
        elif command.is_list:
            rows = list(api.pages(path, query, given["limit"]))
            screen.table([one.title for one in command.columns], table_rows(command.columns, rows))
            if not rows:
                screen.say(command.empty or "Nothing.")
            screen.result(rows)
        else:
            _act(api, screen, command, path, query, body, given)


def _act(
    api: ApiClient,
    screen: Screen,
    command: ApiCommand,
    path: str,
    query: Mapping[str, Any],
    body: Mapping[str, Any],
    given: Mapping[str, Any],
) -> None:
    if command.changes:
        answer = api.change(path, body, read_at=_filled(command.read_at, given))
    elif command.starts:
        answer = api.start(path, body)
    else:
        sends_body = command.method in {"POST", "PATCH", "PUT"}
        answer = api.ask(command.method, path, query=query, body=body if sends_body else None)
    if command.starts:
        follow(api, screen, answer, wait=given["wait"])
        return
    if command.done:
        screen.say(command.done.format_map(_Fields(answer, given)))
    elif command.items:
        rows = answer[command.items] if command.items != "." else answer
        screen.table([one.title for one in command.columns], table_rows(command.columns, rows))
        if not rows:
            screen.say(command.empty or "Nothing.")
    elif answer is not None:
        show_record(screen, answer)
    screen.result(answer if answer is not None else {})


def follow(api: ApiClient, screen: Screen, job: Mapping[str, Any], *, wait: bool) -> None:
    """Say what was started; with `wait`, show it until it has ended and leave with its exit code."""
    if not api.starts_jobs:
        screen.say(f"{job['title']}: waits until `dropally serve` runs ({job['id']}).")
        screen.result(job)
    elif wait:
        watch_job(api, screen, job["id"])
    else:
        screen.say(f"{job['title']}: started. Follow it: dropally job watch {job['id']}")
        screen.result(job)


def _confirm(command: ApiCommand, given: Mapping[str, Any]) -> None:
    question = command.confirm.format_map(_Fields({}, given))
    if not os.isatty(0):
        raise UsageError("this has to be confirmed, and nobody can be asked", hint="add --yes")
    typer.confirm(question, abort=True, err=True)


def write_stream(
    api: ApiClient, path: str, query: Mapping[str, Any] | None, target: Path | None
) -> int:
    """Write a long answer to a file, whole or not at all, or to the standard output; its length."""
    written = 0
    with api.stream(path, query=query) as answer:
        if target is None:
            out = typer.get_binary_stream("stdout")
            for piece in answer.iter_bytes():
                written += out.write(piece)
            out.flush()
            return written
        partial = target.with_name(target.name + ".part")
        with partial.open("wb") as file:
            for piece in answer.iter_bytes():
                written += file.write(piece)
        partial.replace(target)
    return written


def _request(
    api: ApiClient, command: ApiCommand, given: Mapping[str, Any]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The path, the query and the body, with names turned into ids."""
    parts: dict[str, str] = {}
    query: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for key, value in command.fixed.items():
        _put(body, key, value)
    for word in command.words:
        value = given[word.parameter]
        if word.means is not None and value:
            value = _looked_up(api, word, value, given)
        if word.place == "path":
            parts[word.name] = str(value)
        elif value is None or (word.flag and value == word.default and word.kind is not bool):
            continue
        elif word.place == "query":
            query[word.name] = value
        else:
            _put(body, word.name, value)
    return command.path.format_map(parts), query, body


def _looked_up(api: ApiClient, word: Word, value: Any, given: Mapping[str, Any]) -> Any:
    if word.means is None:
        return value
    within = str(given.get("task_id") or "")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [id_of(api, word.means, one, within) for one in value]
    return id_of(api, word.means, value, within)


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    *outer, last = name.split(".")
    for key in outer:
        body = body.setdefault(key, {})
    body[last] = value


def _filled(path: str, given: Mapping[str, Any]) -> str:
    return path.format_map(given) if path else ""


class _Fields(dict[str, Any]):
    """Fields of the answer, then what was typed, for texts."""

    def __init__(self, answer: Any, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        if isinstance(answer, Mapping):
            self.update(answer)

    def __missing__(self, key: str) -> str:
        return ""
