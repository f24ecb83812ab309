"""The administrator of the demo: sets the appliance up, and does what was to do in three months."""

from dropally.app.rooms import Rooms
from dropally.auth import invitations, sessions, setup, sign_in
from dropally.auth.actors import EVERYWHERE, Actor, Client
from dropally.auth.context import AuthContext
from dropally.auth.invitations import InvitationForm
from dropally.auth.rights import Rights
from dropally.auth.sessions import NewSession
from dropally.auth.setup import SetupForm
from dropally.auth.verbs import Role
from dropally.catalog.entity_lists import EntityFilter, list_entities
from dropally.common.errors import NotFoundError
from dropally.demo.place import NAME, SignIn
from dropally.dropbox_api import Credentials
from dropally.protection import linking, runs, task_views, tasks
from dropally.protection.plans import SchedulePlan
from dropally.protection.tasks import TaskForm
from dropally.recovery import exporting, points, restoring, selections
from dropally.recovery.exporting import ExportRequest
from dropally.recovery.ranges import parse_range
from dropally.recovery.restoring import RestoreRequest
from dropally.recovery.selections import Tick
from dropally.simulator.control.local import Control
from dropally.upkeep import repository_keys

_TASK = "Whole team"
_ORGANISATION = "Hollenberg Instruments"
_ZONE = "Europe/Berlin"
_OFFICE = Client(
    "192.168.20.14",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "demo",
)


class Administrator:
    """Ann, who may do everything."""

    def __init__(self, rooms: Rooms, control: Control, who: SignIn) -> None:
        self._rooms = rooms
        self._control = control
        self._who = who
        self._task_id = ""
        self._ann = self._as_actor(self._set_up())

    @property
    def _auth(self) -> AuthContext:
        return self._rooms.protection.auth

    # -- the first day ---------------------------------------------------------------------

    def _set_up(self) -> NewSession:
        code = setup.prepare_code(self._auth)
        if code is None:
            raise NotFoundError("this appliance was set up before")
        form = SetupForm(
            NAME, self._who.email, self._who.password, self._who.password, _ORGANISATION, _ZONE
        )
        return setup.complete(self._auth, str(code), form, _OFFICE)

    def protect_the_team(self) -> None:
        """Make the repository, connect the team, and a weekly task for all of it."""
        made = repository_keys.create(self._rooms.upkeep, self._ann, "main")
        repository_keys.confirm_whole_code(
            self._rooms.upkeep, self._ann, "main", str(made.recovery_code)
        )
        protection = self._rooms.protection
        link = linking.take_credentials(protection, self._ann, self._credentials())
        weekly = SchedulePlan(frequency="weekly", weekday="mon", hour="03:00", zone=_ZONE)
        form = TaskForm(_TASK, link.id, plan=weekly, activate="all")
        self._task_id = tasks.create(protection, self._ann, form).id

    def invite_colleagues(self) -> None:
        """Two people who may less; they have not followed their links yet."""
        for name, email, role in (
            ("Deniz Yildiz", "deniz.yildiz@hollenberg.example", Role.RECOVERY_OPERATOR),
            ("Éloise Marchand", "eloise.marchand@hollenberg.example", Role.AUDITOR),
        ):
            form = InvitationForm(name, email, Rights(role, EVERYWHERE))
            invitations.invite(self._auth, self._ann, form)

    def back_up_now(self) -> None:
        """Start a backup."""
        runs.request_backup(self._rooms.protection, self._ann, self._task_id)

    # -- later -----------------------------------------------------------------------------

    def sign_in(self) -> None:
        """Come back with a new session."""
        self._ann = self._as_actor(
            sign_in.sign_in(self._auth, self._who.email, self._who.password, _OFFICE)
        )

    def back_up_nightly(self) -> None:
        """Once a week was too seldom."""
        self.sign_in()
        protection = self._rooms.protection
        view = task_views.get_task(protection, self._ann, self._task_id)
        nightly = SchedulePlan(frequency="daily", hour="03:00", zone=_ZONE, jitter_s=0)
        tasks.change_settings(protection, self._ann, self._task_id, view.settings, nightly)

    def link_again(self) -> None:
        """Allow Dropally anew, after somebody had revoked it."""
        self.sign_in()
        linking.take_credentials(self._rooms.protection, self._ann, self._credentials())

    def restore(self, name: str, path: str, *, points_back: int = 0) -> None:
        """Restore something into a new folder where it was."""
        self.sign_in()
        recovery, chosen = self._rooms.recovery, self._select(name, path, points_back)
        restoring.start(recovery, self._ann, RestoreRequest(selection_id=chosen))
        selections.delete(recovery, self._ann, chosen)

    def download(self, name: str, path: str) -> None:
        """Have a zip file made."""
        self.sign_in()
        recovery, chosen = self._rooms.recovery, self._select(name, path, 0)
        exporting.start(recovery, self._ann, ExportRequest(selection_id=chosen))
        selections.delete(recovery, self._ann, chosen)

    # --------------------------------------------------------------------------------------

    def _as_actor(self, session: NewSession) -> Actor:
        return sessions.authenticate(self._auth, str(session.token), _OFFICE)

    def _credentials(self) -> Credentials:
        token = self._control.mint_token()
        return Credentials(
            app_key=token.app_key,
            refresh_token=token.refresh_token,
            access_token=token.access_token,
        )

    def _select(self, name: str, path: str, points_back: int) -> str:
        recovery = self._rooms.recovery
        entity_id = self._entity(name)
        page = points.list_points(
            recovery, self._ann, entity_id, parse_range("", "", _ZONE), limit=points_back + 1
        )
        chosen = selections.create(recovery, self._ann)
        tick = Tick(entity_id=entity_id, point_id=page.points[points_back].id, path=path)
        selections.add(recovery, self._ann, chosen.id, [tick])
        return chosen.id

    def _entity(self, name: str) -> str:
        with self._auth.read() as connection:
            for row in list_entities(connection, EntityFilter(self._task_id)):
                if row.name == name:
                    return row.id
        raise NotFoundError(f"the sample team has no {name}")
