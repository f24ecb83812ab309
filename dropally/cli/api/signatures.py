"""From a row of a table to a function with options, as typer takes it."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from dropally.cli.api.command import ApiCommand, Word
from dropally.cli.api.doors import TokenOption, TrustOption, UrlOption
from dropally.cli.api.running import run_command
from dropally.cli.options import ConfigOption, JsonFlag, QuietFlag, YesFlag

ROWS_SHOWN = 100
LimitOption = Annotated[
    int, typer.Option("--limit", min=0, help="How many rows at most; 0 for all.")
]
WaitFlag = Annotated[bool, typer.Option("--wait", help="Follow the job to its end.")]
SettledFlag = Annotated[bool, typer.Option("--wait", help="Wait until all of it is found.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help="The file to write; the standard output if left out."),
]
_Parameter = tuple[str, Any, Any]


def function_of(command: ApiCommand) -> Callable[..., None]:
    """The function that the command line calls."""

    def run(**given: Any) -> None:
        run_command(command, given)

    signature = inspect.Signature([_declared(*one) for one in _parameters(command)])
    # typer reads both.
    run.__signature__ = signature  # type: ignore[attr-defined]  # honoured by inspect
    run.__annotations__ = {name: one.annotation for name, one in signature.parameters.items()}
    run.__doc__ = command.help
    return run


def _declared(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _parameters(command: ApiCommand) -> list[_Parameter]:
    found = [_parameter(word) for word in command.words]
    if command.has_pages:
        found.append(("limit", LimitOption, ROWS_SHOWN))
    if command.settles:
        found.append(("wait", SettledFlag, False))
    if command.starts:
        found.append(("wait", WaitFlag, False))
    if command.writes:
        found.append(("out", OutOption, None))
    if command.confirm:
        found.append(("yes", YesFlag, False))
    return [
        *found,
        ("url", UrlOption, ""),
        ("token", TokenOption, ""),
        ("trust", TrustOption, ""),
        ("config", ConfigOption, None),
        ("as_json", JsonFlag, False),
        ("quiet", QuietFlag, False),
    ]


def _parameter(word: Word) -> _Parameter:
    kind: Any = list[word.kind] if word.many else word.kind  # type: ignore[name-defined]  # at run time
    if word.default is None and word.is_optional:
        kind = Optional[kind]  # noqa: UP045  a type made at run time
    if word.flag:
        names = [word.flag]
        if word.kind is bool and word.default is None:
            names = [f"{word.flag}/--no-{word.flag.removeprefix('--')}"]
        option = typer.Option(*names, help=word.help, show_default=_has_default(word))
        return word.parameter, Annotated[kind, option], word.default
    metavar = f"{word.metavar}..." if word.many else word.metavar
    argument = typer.Argument(help=word.help, metavar=metavar, show_default=False)
    default = inspect.Parameter.empty if word.default is None else word.default
    if word.many and word.default is not None:
        kind, default = Optional[kind], None  # noqa: UP045
    return word.parameter, Annotated[kind, argument], default


def _has_default(word: Word) -> bool:
    return word.default not in (None, "", False, ())
