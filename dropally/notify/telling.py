"""Addressing letters: to one person, or to everybody who answers for the appliance.

A letter is put into the outbox in the transaction of what it tells about. Without a mail server
nothing is put: there the console is what tells.
"""

import sqlite3

from dropally.auth.context import AuthContext
from dropally.auth.credentials import tell
from dropally.auth.outbox import Mail
from dropally.auth.verbs import Role
from dropally.catalog import people
from dropally.notify.mails import Letter


def tell_user(
    connection: sqlite3.Connection, auth: AuthContext, user_id: str, letter: Letter
) -> None:
    """Tell one console user; nobody is told who has left or cannot sign in."""
    user = people.user_by_id(connection, user_id)
    if user is not None and user.state == "active":
        _put(connection, auth, user.email, letter)


def tell_administrators(connection: sqlite3.Connection, auth: AuthContext, letter: Letter) -> None:
    """Tell every administrator who can sign in."""
    for user in people.all_users(connection):
        if user.state == "active" and user.role == Role.ADMINISTRATOR:
            _put(connection, auth, user.email, letter)


def _put(connection: sqlite3.Connection, auth: AuthContext, email: str, letter: Letter) -> None:
    tell(connection, auth, Mail(letter.kind, email, letter.values, letter.expires, letter.fold))
