"""What a command described as data does when it is called."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from dropally.cli.api.cells import show_record, table_rows
from dropally.cli.api.client import ApiClient
from dropally.cli.api.command import ApiCommand, Word
from dropally.cli.api.doors import asking
from dropally.cli.api.names import id_of, only_id
from dropally.cli.api.watching import follow, wait_until_set
from dropally.cli.screen import Screen
from dropally.common.errors import DeniedError, UsageError

Given = Mapping[str, Any]


def run_command(command: ApiCommand, given: Given) -> None:
    """Ask, and show the answer. Raises DropallyError; leaves with a job's exit code."""
    screen = Screen(as_json=given["as_json"], quiet=given["quiet"])
    if command.needs and not any(given[name] for name in command.needs):
        raise UsageError("nothing is chosen", hint=_choices(command))
    with asking(given["url"], given["token"], given["trust"], given["config"]) as api:
        path, query, body = _request(api, command, given)
        if command.confirm and not given["yes"]:
            confirm(command.confirm.format_map(Fields({}, given)))
        if command.writes:
            with api.stream(path, method=command.method, query=query, body=body) as answer:
                written = write_pieces(answer.iter_bytes(), given["out"])
            if given["out"] is not None:
                screen.say(f"{given['out']}: {written:,} bytes")
        elif command.has_pages:
            show_rows(screen, command, _first_rows(api, screen, path, query, given["limit"]))
        else:
            answer = _ask(api, command, path, query, body, given)
            if command.settles and given["wait"]:
                answer = wait_until_set(api, f"{path}/{answer['id']}", command.settles)
            _show(api, screen, command, answer, given)


def _choices(command: ApiCommand) -> str:
    words = [word for word in command.words if word.parameter in command.needs]
    named = [word.flag or word.metavar for word in words]
    return f"name what is meant: {', '.join(named)}"


def _first_rows(api: ApiClient, screen: Screen, path: str, query: Given, limit: int) -> list[Any]:
    rows = list(api.pages(path, query, limit + 1 if limit else 0))
    if limit and len(rows) > limit:
        screen.log("note", f"These are the first {limit:,}; --limit 0 shows all.")
        return rows[:limit]
    return rows


def _ask(
    api: ApiClient,
    command: ApiCommand,
    path: str,
    query: Given,
    body: Mapping[str, Any],
    given: Given,
) -> Any:
    if command.changes:
        return api.change(path, body, merges=command.merges)
    if command.starts:
        return api.start(path, body if command.sends_body else None)
    sent = body if command.sends_body else None
    return api.ask(command.method, path, query=query, body=sent)


def _show(api: ApiClient, screen: Screen, command: ApiCommand, answer: Any, given: Given) -> None:
    if command.starts:
        follow(api, screen, answer, wait=given["wait"])
        return
    if command.items:
        rows = answer
        for name in command.items.strip(".").split(".") if command.items != "." else ():
            rows = rows[name]
        show_rows(screen, command, rows, answer)
        return
    if command.done:
        screen.say(command.done.format_map(Fields(answer, given)))
        for one in answer[command.leftovers] if command.leftovers else ():
            screen.problem(f"  {one['name']}: {one['reason']}")
    elif answer is not None:
        show_record(screen, answer)
    screen.result(answer if answer is not None else {})


def show_rows(screen: Screen, command: ApiCommand, rows: Sequence[Any], answer: Any = None) -> None:
    """A table, or what to do where there is nothing; programs get the API's own JSON."""
    if rows:
        screen.table([one.title for one in command.columns], table_rows(command.columns, rows))
    else:
        screen.say(command.empty or "Nothing.")
    screen.result(rows if answer is None else answer)


def confirm(question: str) -> None:
    """Ask a person. UsageError where nobody can be asked; leaves with 1 for a no."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"this has to be confirmed, and nobody can be asked: {question}", hint="add --yes"
        )
    typer.confirm(question, abort=True, err=True)


def write_pieces(pieces: Any, target: Path | None) -> int:
    """Write a long answer to a file, whole or not at all, or to the standard output; its length."""
    written = 0
    if target is None:
        for piece in pieces:
            written += sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return written
    partial = target.with_name(f"{target.name}.part")
    try:
        with partial.open("wb") as file:
            for piece in pieces:
                written += file.write(piece)
        partial.replace(target)
    except OSError as error:
        raise DeniedError(
            f"{target} cannot be written: {error.strerror}", hint="check the folder and its space"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return written


# -- the request ----------------------------------------------------------------------------


def _request(
    api: ApiClient, command: ApiCommand, given: Given
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The path, the query and the body, with names turned into ids."""
    found: dict[str, Any] = {}
    query: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for key, value in command.fixed.items():
        put(body, key, value)
    for word in command.words:
        value = found[word.name] = _value(api, word, given, found)
        if word.place in {"path", "here"} or _is_left_out(word, value):
            continue
        if word.place == "query":
            query[word.name] = ",".join(value) if word.commas else value
        else:
            put(body, word.name, value)
    return command.path.format_map(found), query, body


def _is_left_out(word: Word, value: Any) -> bool:
    return value is None or value == [] or value == () or (word.is_optional and value == "")


def _value(api: ApiClient, word: Word, given: Given, found: Given) -> Any:
    typed = given[word.parameter]
    if word.means is None:
        return typed
    within = str(found.get("entity_id" if word.means == "point" else "task_id") or "")
    if not typed:
        return only_id(api, word.means, word.flag) if word.or_only else typed
    if isinstance(typed, str):
        return id_of(api, word.means, typed, within)
    return [id_of(api, word.means, one, within) for one in typed]


def put(body: dict[str, Any], name: str, value: Any) -> None:
    """Set a field; dots lead into objects, which are made."""
    *outer, last = name.split(".")
    for key in outer:
        body = body.setdefault(key, {})
    body[last] = value


class Fields(dict[str, Any]):
    """Fields of the answer, then what was typed, for texts."""

    def __init__(self, answer: Any, given: Given) -> None:
        super().__init__(given)
        if isinstance(answer, Mapping):
            self.update(answer)

    def __missing__(self, key: str) -> str:
        return ""
