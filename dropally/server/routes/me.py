"""One's own account."""

from typing import Annotated

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from dropally.auth import account, second_factor, sessions
from dropally.auth.account import Language, OwnAccount
from dropally.auth.sessions import SessionView
from dropally.server.given import GivenActor, GivenParts
from dropally.server.paging import Page
from dropally.server.problems import documented
from dropally.server.routes.session import SessionState, signed_in

Name = Annotated[str, Meta(max_length=1000)]


class ProfileChange(msgspec.Struct, forbid_unknown_fields=True):
    """What people may change about themselves; what is left out stays.

    `language` "": the console speaks the browser's.
    """

    name: Name | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """The old and the new password."""

    current: str
    new: str
    new_again: str


class NewAddress(msgspec.Struct, forbid_unknown_fields=True):
    """The e-mail address to change to."""

    email: str


class HandedLink(msgspec.Struct, frozen=True):
    """`link` is "" where it was mailed; else whoever gets this answer hands it over."""

    link: str


class Enrolment(msgspec.Struct, frozen=True):
    """For an authenticator app: a picture to photograph, or text to type."""

    qr_svg: str
    text_code: str
    uri: str


class Code(msgspec.Struct, forbid_unknown_fields=True):
    """Six digits of the app."""

    code: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Each works once, and they are shown this once."""

    recovery_codes: list[str]


class Enabled(msgspec.Struct, frozen=True):
    """The second factor counts from now on."""

    recovery_codes: list[str]
    session: SessionState


class Ended(msgspec.Struct, frozen=True):
    """How many sessions were ended."""

    ended: int


@get(
    "/me",
    operation_id="get_own_account",
    summary="One's own account and permissions",
    tags=["me"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def get_me(parts: GivenParts, actor: GivenActor) -> OwnAccount:
    """Account, permissions, and what is still to be done (password, second factor)."""
    return account.look_at(parts.auth, actor)


@patch(
    "/me",
    operation_id="change_own_profile",
    summary="Change one's own name, or the console's language",
    tags=["me"],
    responses=documented(401, 403, 422),
    sync_to_thread=True,
)
def patch_me(parts: GivenParts, actor: GivenActor, data: JSONBody[ProfileChange]) -> OwnAccount:
    """Change the name that lists show, and the language of the console in all browsers."""
    if data.name is not UNSET:
        account.rename(parts.auth, actor, data.name)
    if data.language is not UNSET:
        account.choose_language(parts.auth, actor, data.language)
    return account.look_at(parts.auth, actor)


@post(
    "/me/password",
    operation_id="change_own_password",
    summary="Change one's own password",
    tags=["me"],
    status_code=200,
    responses=documented(401, 403, 422, 429),
    sync_to_thread=True,
)
def change_password(
    parts: GivenParts, actor: GivenActor, data: JSONBody[PasswordChange]
) -> Response[SessionState]:
    """All other sessions end; this one gets another cookie."""
    session = account.change_password(parts.auth, actor, data.current, data.new, data.new_again)
    return signed_in(parts, session)


@post(
    "/me/email",
    operation_id="ask_email_change",
    summary="Change one's own e-mail address",
    tags=["me"],
    status_code=202,
    responses=documented(401, 403, 422),
    sync_to_thread=True,
)
def change_email(parts: GivenParts, actor: GivenActor, data: JSONBody[NewAddress]) -> HandedLink:
    """The new address counts once the link sent to it was followed; the old one is told."""
    return HandedLink(str(account.ask_email_change(parts.auth, actor, data.email)))


@post(
    "/me/second-factor",
    operation_id="begin_second_factor",
    summary="Begin to set up an authenticator app",
    tags=["me"],
    status_code=200,
    responses=documented(401, 403, 409),
    sync_to_thread=True,
)
def begin_second_factor(parts: GivenParts, actor: GivenActor) -> Response[Enrolment]:
    """Nothing counts before a first code was entered; beginning again makes another secret."""
    made = second_factor.begin(parts.auth, actor)
    shown = Enrolment(str(made.qr_svg), str(made.text_code), str(made.uri))
    return Response(shown, headers={"Cache-Control": "no-store"})


@post(
    "/me/second-factor/confirmation",
    operation_id="enable_second_factor",
    summary="Enter the app's first code",
    tags=["me"],
    status_code=200,
    responses=documented(401, 403, 409, 422, 429),
    sync_to_thread=True,
)
def enable_second_factor(
    parts: GivenParts, actor: GivenActor, data: JSONBody[Code]
) -> Response[Enabled]:
    """From now on every sign-in asks for a code. The recovery codes are shown this once."""
    enabled = second_factor.enable(parts.auth, actor, data.code)
    signed = signed_in(parts, enabled.session)
    codes = [str(code) for code in enabled.recovery_codes]
    return Response(
        Enabled(codes, signed.content),
        cookies=signed.cookies,
        headers={"Cache-Control": "no-store"},
    )


@delete(
    "/me/second-factor",
    operation_id="disable_second_factor",
    summary="Turn one's own second factor off",
    tags=["me"],
    responses=documented(401, 403, 409),
    sync_to_thread=True,
)
def disable_second_factor(parts: GivenParts, actor: GivenActor) -> None:
    """Not where everybody needs one."""
    second_factor.disable(parts.auth, actor)


@post(
    "/me/second-factor/recovery-codes",
    operation_id="renew_recovery_codes",
    summary="Make new recovery codes",
    tags=["me"],
    status_code=200,
    responses=documented(401, 403, 409),
    sync_to_thread=True,
)
def renew_recovery_codes(parts: GivenParts, actor: GivenActor) -> Response[RecoveryCodes]:
    """The old ones end."""
    codes = second_factor.renew_recovery_codes(parts.auth, actor)
    shown = RecoveryCodes([str(code) for code in codes])
    return Response(shown, headers={"Cache-Control": "no-store"})


@delete(
    "/me/second-factor/hint",
    operation_id="refuse_second_factor_hint",
    summary="Show the hint about two-factor authentication no more",
    tags=["me"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def refuse_hint(parts: GivenParts, actor: GivenActor) -> None:
    """The console stops reminding this person."""
    second_factor.refuse_hint(parts.auth, actor)


@delete(
    "/me/checklist",
    operation_id="refuse_checklist",
    summary="Show what is left to do after the set-up no more",
    tags=["me"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def refuse_checklist(parts: GivenParts, actor: GivenActor) -> None:
    """The console's home page stops listing it for this person."""
    account.refuse_checklist(parts.auth, actor)


@get(
    "/me/sessions",
    operation_id="list_own_sessions",
    summary="One's own sessions",
    tags=["me"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_sessions(parts: GivenParts, actor: GivenActor) -> Page[SessionView]:
    """Where one is signed in, the one used last first."""
    return Page(items=sessions.list_own(parts.auth, actor))


@delete(
    "/me/sessions/{session_id:str}",
    operation_id="end_own_session",
    summary="End one of one's own sessions",
    tags=["me"],
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def end_session(parts: GivenParts, actor: GivenActor, session_id: FromPath[str]) -> None:
    """Its cookie is refused from the next request on."""
    sessions.end_own(parts.auth, actor, session_id)


@delete(
    "/me/sessions",
    operation_id="end_own_other_sessions",
    summary="End all of one's own other sessions",
    tags=["me"],
    status_code=200,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def end_other_sessions(parts: GivenParts, actor: GivenActor) -> Ended:
    """The session that asks goes on."""
    return Ended(sessions.end_own_others(parts.auth, actor))


handlers = [
    get_me,
    patch_me,
    change_password,
    change_email,
    begin_second_factor,
    enable_second_factor,
    disable_second_factor,
    renew_recovery_codes,
    refuse_hint,
    refuse_checklist,
    list_sessions,
    end_session,
    end_other_sessions,
]
