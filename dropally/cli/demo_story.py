"""The demo: the whole story on a simulated team, checked against what is really there."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropally.app.direct import Application
from dropally.cli.backup import run_backup
from dropally.cli.demo_check import compare_export, compare_folder
from dropally.cli.demo_folder import demo_folder
from dropally.cli.options import Session
from dropally.cli.restore import restore_work
from dropally.cli.screen import Screen
from dropally.common.errors import DropallyError
from dropally.common.text import format_bytes, format_duration, format_time
from dropally.config import Config, DropboxSettings, Paths, Storage
from dropally.dropbox_api import Credentials, identify
from dropally.jobs import browse, export, restore
from dropally.jobs.address import parse_address, short_id
from dropally.jobs.backup import TeamBackupReport
from dropally.jobs.team_view import open_view
from dropally.simulator import Simulator, start_simulator

_EDITABLE = (".txt", ".md", ".csv", ".log", ".json")


def run_demo(screen: Screen, folder: Path | None) -> dict[str, Any]:
    """Tell the story in a folder (None: a temporary one); the figures that `--json` prints."""
    with demo_folder(folder) as root, start_simulator(team="sample") as simulator:
        session = _demo_session(root, simulator, screen)
        figures = _Story(session, simulator, root).tell()
        screen.result(figures)
    return figures


def _demo_session(root: Path, simulator: Simulator, screen: Screen) -> Session:
    config = Config(
        paths=Paths(root / "data", root / "cache"),
        dropbox=DropboxSettings(api_url=simulator.http_url),
        storage=(Storage(path=str(root / "repository")),),
    )
    return Session(Application(config, {}), screen)


@dataclass
class _Lost:
    """Whom the story is about: a file is edited, one folder is moved and another deleted."""

    email: str
    file: str
    moved: str
    folder: str
    folder_files: int


class _Story:
    """The steps, each telling what it does."""

    def __init__(self, session: Session, simulator: Simulator, root: Path) -> None:
        self._session = session
        self._app = session.app
        self._say = session.screen.say
        self._control = simulator.control
        self._root = root
        self._step = 0

    def tell(self) -> dict[str, Any]:
        """All steps; the figures that `--json` prints."""
        started = self._app.clock.monotonic()
        self._connect()
        first = self._first_backup()
        lost = self._people_work()
        self._second_backup()
        self._show_versions(lost)
        restored, wrong_restored = self._restore_folder(lost)
        exported, wrong_exported = self._export_everything()
        seconds = self._app.clock.monotonic() - started
        mismatches = wrong_restored + wrong_exported
        calls = int(self._control.metrics()["calls"])
        stored = sum(
            path.stat().st_size for path in (self._root / "repository").rglob("*") if path.is_file()
        )
        self._say()
        verdict = "everything matches" if mismatches == 0 else f"{mismatches} MISMATCHES"
        self._say(
            f"Done in {format_duration(seconds)}: {verdict}. {first.total('files'):,} files of"
            f" {format_bytes(first.total('bytes'))} are kept in {format_bytes(stored)};"
            f" Dropbox was called {calls:,} times."
        )
        return {
            "files": first.total("files"),
            "bytes": first.total("bytes"),
            "seconds": round(seconds, 3),
            "dropbox_calls": calls,
            "stored_bytes": stored,
            "restored_files": restored + exported,
            "mismatches": mismatches,
        }

    def _begin(self, title: str) -> None:
        self._step += 1
        self._say()
        self._say(f"{self._step}. {title}")

    def _connect(self) -> None:
        health = self._control.health()
        self._begin("A Dropbox Business team, simulated on this machine, and an empty repository")
        self._say(f"   Team: {health['team']}")
        created = self._app.create_repository()
        self._say(f"   Repository: {created.location}, encrypted; key file {created.key_file}")
        self._say(f"   Recovery code (print it and lock it away): {created.recovery_code}")
        token = self._control.mint_token()
        credentials = Credentials(
            app_key=token.app_key,
            refresh_token=token.refresh_token,
            access_token=token.access_token,
        )
        linked = identify(credentials, self._app.connection_settings, purpose="restore")
        self._app.save_credentials(linked)
        self._say(f"   Linked by an admin: {linked.team_name}")

    def _backup(self) -> TeamBackupReport:
        started = self._app.clock.monotonic()
        calls = int(self._control.metrics()["calls"])
        with self._session.job() as context:
            report = run_backup(self._app, context, [])
        seconds = self._app.clock.monotonic() - started
        calls = int(self._control.metrics()["calls"]) - calls
        self._say(
            f"   Restore point {short_id(report.point)}: {report.total('files'):,} files,"
            f" {format_bytes(report.total('bytes'))} in {len(report.outcomes)} namespaces"
        )
        self._say(
            f"   Downloaded {report.fetched_files:,} files, {format_bytes(report.fetched_bytes)},"
            f" in {format_duration(seconds)} with {calls:,} calls"
        )
        return report

    def _first_backup(self) -> TeamBackupReport:
        self._begin("The first backup reads everything once")
        report = self._backup()
        for problem in report.problems:
            self._say(f"   Dropbox gives no bytes for {problem.path}: {problem.reason} (reported)")
        return report

    def _people_work(self) -> _Lost:
        self._begin("People work: a file is edited twice, a folder is moved, another is deleted")
        lost = self._choose()
        home = {"member": lost.email}
        for version in (2, 3):
            text = f"Version {version} of {lost.file}\n" * 200
            self._control.edit({"op": "put", "path": lost.file, "text": text, **home})
            if version == 2:
                self._say(f"   {lost.email} edits {lost.file}")
                self._backup()
        self._say(f"   ... edits it again, moves {lost.moved} to {lost.moved} (old),")
        self._control.edit({"op": "move", "path": lost.moved, "to": f"{lost.moved} (old)", **home})
        self._say(f"   and deletes {lost.folder} ({lost.folder_files} files)")
        self._control.edit({"op": "delete", "path": lost.folder, **home})
        return lost

    def _choose(self) -> _Lost:
        """The member with most files, the largest folder there, a text file outside of it."""
        homes = [
            space
            for space in self._control.namespaces()
            if space["kind"] == "team_member_folder" and space["status"] == "active"
        ]
        trees = {space["owner"]: self._control.truth(space["namespace_id"]) for space in homes}
        email = max(trees, key=lambda owner: len(trees[owner]))
        files = [entry for entry in trees[email] if entry["kind"] == "file"]
        tops = Counter(_top(entry) for entry in files if entry["path_lower"].count("/") > 1)
        (folder, count), (moved, _) = sorted(tops.items(), key=lambda top: (-top[1], top[0]))[:2]
        editable = [
            entry["path_display"]
            for entry in files
            if entry["path_lower"].endswith(_EDITABLE)
            and _top(entry) not in {folder, moved}
            and entry["size"]
        ]
        if not editable:
            raise DropallyError("the sample team has no text file to edit")
        return _Lost(email, min(editable), moved, folder, count)

    def _second_backup(self) -> None:
        self._begin("The next backup fetches only what changed")
        self._backup()

    def _show_versions(self, lost: _Lost) -> None:
        self._begin(f"Versions of {lost.email}:{lost.file}")
        with self._app.open_repository() as repository, repository.reader() as reader:
            group = self._app.group(repository)
            address = parse_address(f"{lost.email}:{lost.file}")
            for version in browse.file_versions(repository, reader, group, address):
                self._say(
                    f"   {format_time(version.point_time)}  {version.point}"
                    f"  {format_bytes(version.entry.size_bytes):>9}"
                )

    def _restore_folder(self, lost: _Lost) -> tuple[int, int]:
        self._begin(f"The lost folder {lost.folder} is restored into Dropbox, into a new folder")
        address = f"{lost.email}@-1:{lost.folder}"
        work = restore_work(self._app, [address], "", "new-folder", None)
        with self._session.job() as context:
            plan = restore.open_restore(context, work)
            result = restore.run(context, work, plan)
        self._say(
            f"   {result.restored:,} files, {format_bytes(result.restored_bytes)}, into"
            f" {plan.destination} ({plan.upload_calls} calls for uploads planned)"
        )
        with self._app.open_repository() as repository, repository.reader() as reader:
            check = compare_folder(
                self._control,
                browse.list_folder(
                    repository,
                    reader,
                    self._app.group(repository),
                    parse_address(address),
                    recursive=True,
                ),
                lost.email,
                f"/{work.folder_name}{lost.folder}",
            )
        wrong = check.wrong + len(result.failed)
        self._say(f"   Compared with the simulator's own list: {check.same:,} equal, {wrong} not")
        return check.same, wrong

    def _export_everything(self) -> tuple[int, int]:
        self._begin("The whole restore point is exported to disk and compared, byte for byte")
        target = self._root / "export"
        # A fresh restore point, so that what was restored just now is compared as well.
        self._backup()
        with self._app.open_repository() as repository, repository.reader() as reader:
            group = self._app.group(repository)
            roster = open_view(repository, reader, group, "latest").roster
        work = export.ExportWork(
            repository=self._app.repository_handle(), group=group, target=target, everything=True
        )
        with self._session.job() as context:
            result = export.run(context, work)
        self._say(f"   {result.files:,} files, {format_bytes(result.bytes)}, in {target}")
        for problem in result.problems:
            self._say(f"   Not there: {problem.path}: {problem.reason.partition(': ')[2]}")
        check = compare_export(self._control, roster, target, result)
        self._say(
            f"   Every exported byte hashed, compared with the simulator: {check.same:,} equal,"
            f" {check.wrong} not"
        )
        for line in check.notes:
            self._say(f"   {line}")
        return check.same, check.wrong


def _top(entry: dict[str, Any]) -> str:
    return "/" + str(entry["path_display"]).split("/")[1]
