"""The first-run setup: whoever reads this machine's console becomes its first administrator.

A code is printed and lies in a file that only Dropally's own account can read; without it the
first visitor on the network could take the appliance over.
"""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from dropally.auth import accounts, audit, lockout, sessions
from dropally.auth.actors import EVERYWHERE, Client, anonymous
from dropally.auth.addresses import email_key, email_problem
from dropally.auth.context import AuthContext
from dropally.auth.errors import FieldsError, SetupCodeError, SetupDoneError
from dropally.auth.passwords import weakness
from dropally.auth.policy import SecurityPolicy, read_policy
from dropally.auth.sealing import write_private_once
from dropally.auth.sessions import NewSession
from dropally.auth.tokens import SecretText, equal_secrets, spoken_code, typed_code
from dropally.auth.verbs import Role
from dropally.catalog import people
from dropally.catalog.moments import to_micros
from dropally.catalog.people import OrganisationRow
from dropally.common.clock import time_zone_names
from dropally.common.errors import DeniedError, UsageError
from dropally.common.ids import new_id

FILE_NAME = "setup-code"
_GROUPS = 4
_SHORTEST_GIVEN_CODE = 12
_LONGEST_NAME = 200


@dataclass(frozen=True)
class SetupForm:
    """What the first page asks for, in its order (F14)."""

    name: str
    email: str
    password: str = field(repr=False)
    password_again: str = field(repr=False)
    organisation: str
    time_zone: str


def is_open(ctx: AuthContext) -> bool:
    """True while nobody has set the appliance up."""
    with ctx.read() as connection:
        return not people.has_users(connection)


def sign_up_is_offered(ctx: AuthContext) -> bool:
    """True before the setup, and where people may register themselves (F24)."""
    with ctx.read() as connection:
        policy = read_policy(connection, ctx.pinned)
        return policy.self_registration or not people.has_users(connection)


def prepare_code(ctx: AuthContext, given: str = "") -> SecretText | None:
    """The code to print at start; None once the setup is done.

    `given` is that of DROPALLY_SETUP_CODE, else one is made and kept in `setup-code` (0600).
    Raises UsageError if `given` is easily guessed, DeniedError if the file cannot be written.
    """
    path = ctx.data_folder / FILE_NAME
    if not is_open(ctx):
        path.unlink(missing_ok=True)
        return None
    if given:
        if len(typed_code(given)) < _SHORTEST_GIVEN_CODE:
            raise UsageError(
                f"the setup code given is shorter than {_SHORTEST_GIVEN_CODE} letters",
                hint="choose a longer DROPALLY_SETUP_CODE, or leave it out to have one made",
            )
        path.unlink(missing_ok=True)
    write_private_once(path, (given or spoken_code(_GROUPS)).encode() + b"\n")
    return _stored_code(path)


def require_code(ctx: AuthContext, code: str, client: Client) -> None:
    """For what strangers may do before the setup, if they read this machine's console.

    Raises SetupDoneError, SetupCodeError, LockedOutError.
    """
    if not is_open(ctx):
        raise _done()
    _check_code(ctx, code, client)


def _stored_code(path: Path) -> SecretText:
    try:
        return SecretText(path.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise DeniedError(
            f"the setup code in {path} cannot be read: {error.strerror}",
            hint="start `dropally serve` again, which makes one",
        ) from error


def complete(ctx: AuthContext, code: str, form: SetupForm, client: Client) -> NewSession:
    """Make the organisation and its first administrator, and sign them in.

    Raises SetupDoneError (F13, also when two do this at once), SetupCodeError, LockedOutError,
    FieldsError.
    """
    if not is_open(ctx):
        raise _done()
    _check_code(ctx, code, client)
    with ctx.read() as connection:
        policy = read_policy(connection, ctx.pinned)
    _check_form(form, policy)
    password_hash = ctx.hasher.hash(form.password)
    now, user_id = ctx.now(), new_id("usr_")
    with ctx.write() as connection:
        if people.has_users(connection):
            raise _done()
        _insert_first_user(connection, ctx, user_id, form, password_hash)
        user = people.user_by_id(connection, user_id)
        if user is None:
            raise AssertionError("the row was inserted above")
        actor = accounts.as_actor(user, client, policy, now)
        audit.record(
            connection,
            now,
            actor,
            audit.Activity.USER_CHANGED,
            f"The appliance was set up for {form.organisation.strip()}.",
            target=user_id,
        )
        session = sessions.start(connection, user_id, client, policy, now)
    (ctx.data_folder / FILE_NAME).unlink(missing_ok=True)
    return session


def _insert_first_user(
    connection: sqlite3.Connection,
    ctx: AuthContext,
    user_id: str,
    form: SetupForm,
    password_hash: str,
) -> None:
    now = ctx.now()
    people.insert_user(
        connection,
        user_id,
        email=form.email.strip(),
        email_key=email_key(form.email),
        name=form.name.strip(),
        state="active",
        role=Role.ADMINISTRATOR,
        reach=accounts.encode_reach(EVERYWHERE),
        created=now,
    )
    people.update_user(
        connection,
        user_id,
        {
            "password_hash": password_hash,
            "password_changed_us": to_micros(now),
            "last_sign_in_us": to_micros(now),
        },
    )
    people.insert_organisation(
        connection, OrganisationRow(form.organisation.strip(), form.time_zone, user_id), now
    )


def _check_code(ctx: AuthContext, code: str, client: Client) -> None:
    charge = lockout.charge(ctx, anonymous(client), "", "setup")
    right = typed_code(_stored_code(ctx.data_folder / FILE_NAME))
    if not equal_secrets(typed_code(code), right):
        with ctx.write() as connection:
            audit.record(
                connection,
                ctx.now(),
                anonymous(client),
                audit.Activity.SIGN_IN,
                f"A wrong setup code was entered from ip {client.address}.",
                status="failed",
            )
        raise SetupCodeError(
            "this is not the setup code",
            hint=f"it was printed at start and lies in {ctx.data_folder / FILE_NAME}",
        )
    with ctx.write() as connection:
        lockout.forgive(connection, charge)


def _check_form(form: SetupForm, policy: SecurityPolicy) -> None:
    personal = (form.name, form.email, form.organisation)
    weak = weakness(form.password, at_least=policy.password_min, personal=personal)
    unequal = "" if form.password == form.password_again else "is not the same password"
    is_zone = form.time_zone in time_zone_names()
    found = [
        ("name", name_problem(form.name)),
        ("email", email_problem(form.email)),
        ("password", weak),
        ("password_again", unequal),
        ("organisation", name_problem(form.organisation)),
        ("time_zone", "" if is_zone else "is no time zone, such as Europe/Paris"),
    ]
    problems = [(name, problem) for name, problem in found if problem]
    if problems:
        raise FieldsError(problems)


def name_problem(name: str) -> str:
    """What is wrong with the name of somebody or something, "" if nothing."""
    text = name.strip()
    if not text:
        return "is required"
    if len(text) > _LONGEST_NAME:
        return f"must have at most {_LONGEST_NAME} characters"
    return "" if text.isprintable() else "holds characters that cannot be shown"


def _done() -> SetupDoneError:
    return SetupDoneError("the appliance is set up already", hint="sign in")
