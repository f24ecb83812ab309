"""`dropally init` and `dropally connect`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, make_server

import msgspec
import typer

from dropally.cli.options import ConfigOption, JsonFlag, Session, StorageOption, open_session
from dropally.common.errors import NotFoundError, UsageError
from dropally.dropbox_api import Credentials, finish_link, identify, scopes_for, start_link

_REDIRECT_WAIT_S = 600.0
_THANKS = (
    b"<!doctype html><title>Dropally</title><p>Dropally has the answer. You can close this page."
)


def init(
    config: ConfigOption = None, storage: StorageOption = "", as_json: JsonFlag = False
) -> None:
    """Make an empty encrypted repository and print its recovery code."""
    session = open_session(config, storage, as_json=as_json)
    created = session.app.create_repository()
    screen = session.screen
    screen.say(f"Repository {created.repository_id[:8]} made at {created.location}")
    if created.key_file is not None:
        screen.say(f"Key file for starting unattended: {created.key_file} (keep a copy elsewhere)")
    screen.say()
    screen.say(
        "Recovery code. Write it down: it opens the repository when everything else is lost,"
    )
    screen.say("and it is shown only now.")
    screen.say()
    screen.say(f"    {created.recovery_code}")
    screen.say()
    screen.say(
        "Next: `dropally connect`" if not session.app.has_link() else "Next: `dropally backup`"
    )
    screen.result(
        {
            "repository_id": created.repository_id,
            "location": created.location,
            "key_file": str(created.key_file or ""),
            "recovery_code": created.recovery_code,
        }
    )


def connect(
    purpose: Annotated[
        Literal["backup", "restore"],
        typer.Option("--for", help="Ask Dropbox for reading only, or for writing too."),
    ] = "backup",
    app_key: Annotated[
        str, typer.Option("--app-key", help="Of your Dropbox app; else [dropbox] app_key.")
    ] = "",
    redirect: Annotated[
        bool, typer.Option("--redirect", help="Let the browser bring the answer to this machine.")
    ] = False,
    from_token_file: Annotated[
        Path | None,
        typer.Option("--from-token-file", help="Take the link from a JSON file, for scripts."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Link a Dropbox Business team; an admin allows it in the browser."""
    session = open_session(config, "", as_json=as_json)
    expected = session.app.credentials().team_id if session.app.has_link() else ""
    settings = session.app.connection_settings
    if from_token_file is not None:
        credentials = identify(
            _read_token_file(from_token_file), settings, expected_team_id=expected, purpose=purpose
        )
    else:
        key = app_key or session.app.config.dropbox.app_key
        by_redirect = redirect or session.app.config.dropbox.oauth_mode == "redirect"
        credentials = _link(session, key, purpose, expected, by_redirect=by_redirect)
    session.app.save_credentials(credentials)
    session.screen.say(f"Linked: {credentials.team_name} ({credentials.team_id})")
    session.screen.say(
        "Next: `dropally restore`"
        if expected and purpose == "restore"
        else "Next: `dropally backup`"
    )
    session.screen.result(
        {
            "team": credentials.team_name,
            "team_id": credentials.team_id,
            "scopes": sorted(credentials.scopes),
        }
    )


def _link(
    session: Session,
    app_key: str,
    purpose: Literal["backup", "restore"],
    expected_team_id: str,
    *,
    by_redirect: bool,
) -> Credentials:
    app = session.app
    already = app.credentials().scopes if app.has_link() else frozenset[str]()
    port = app.config.dropbox.redirect_port
    pending = start_link(
        app_key,
        scopes_for(purpose),
        app.connection_settings,
        f"http://127.0.0.1:{port}/" if by_redirect else None,
        already,
    )
    # Listening begins before the page is named: a quick browser comes back at once.
    with _browser_answers(port) if by_redirect else nullcontext(_pasted_code) as wait:
        # To stderr: with --json, stdout belongs to the answer.
        sys.stderr.write(
            f"Open this page as a team admin and allow Dropally:\n\n  {pending.url}\n\n"
        )
        sys.stderr.flush()
        answer: str | dict[str, str] = wait()
    return finish_link(
        pending,
        answer,
        app.connection_settings,
        expected_team_id=expected_team_id,
        purpose=purpose,
    )


def _pasted_code() -> str:
    sys.stderr.write("Paste the code that the page shows: ")
    sys.stderr.flush()
    code = sys.stdin.readline().strip()
    if not code:
        raise UsageError("no code was pasted", hint="run `dropally connect` again")
    return code


@contextmanager
def _browser_answers(port: int) -> Iterator[Callable[[], dict[str, str]]]:
    """Listen on this machine only; what is yielded waits for one answer.

    Raises UsageError where the port cannot be had.
    """
    received: dict[str, str] = {}

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        received.update({name: values[0] for name, values in query.items()})
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        return [_THANKS]

    try:
        server = make_server("127.0.0.1", port, answer, handler_class=_SilentHandler)
    except OSError as error:
        raise UsageError(
            f"nothing can listen at port {port} of this machine: {error.strerror}",
            hint="set another dropbox.redirect_port (and tell your Dropbox app), or paste the code",
        ) from error

    def wait() -> dict[str, str]:
        server.handle_request()
        if not received:
            raise UsageError("the browser brought no answer", hint="run `dropally connect` again")
        return received

    with server:
        server.timeout = _REDIRECT_WAIT_S
        yield wait


class _SilentHandler(WSGIRequestHandler):
    """Keeps the answer, which holds a code, out of the terminal."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _TokenFile(msgspec.Struct):
    """The JSON that `dropally simulator serve --token-out` writes; or one link by itself."""

    team: dict[str, str] = {}
    access_token: str = ""
    refresh_token: str = ""
    app_key: str = ""


def _read_token_file(path: Path) -> Credentials:
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=_TokenFile)
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path} is no token file: {error}") from error
    given = stored.team or {
        "access_token": stored.access_token,
        "refresh_token": stored.refresh_token,
        "app_key": stored.app_key,
    }
    if not given.get("refresh_token") and not given.get("access_token"):
        raise UsageError(
            f"{path} holds no token",
            hint='write {"access_token": "...", "refresh_token": "...", "app_key": "..."}',
        )
    return Credentials(
        app_key=given.get("app_key", ""),
        refresh_token=given.get("refresh_token", ""),
        access_token=given.get("access_token", ""),
    )
