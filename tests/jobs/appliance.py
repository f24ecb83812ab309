"""An appliance beside a simulated team, and the truth to hold against what it keeps."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from dropally.app.direct import Application
from dropally.cli.backup import run_backup
from dropally.common.clock import SystemClock
from dropally.config import Config, DropboxSettings, Paths, Storage
from dropally.dropbox_api import Credentials, content_hash, identify
from dropally.jobs import export, restore
from dropally.jobs.backup import TeamBackupReport
from dropally.jobs.context import JobContext, Level
from dropally.jobs.team_view import Entity, Item, Place, TeamView, open_view
from dropally.simulator import Simulator, start_simulator
from dropally.store import Entry

ADMIN = "admin@hollenberg.example"
Truth = dict[str, tuple[str, str]]


class Appliance:
    """Dropally's parts as the commands put them together, in a folder of the test's own."""

    def __init__(self, simulator: Simulator, root: Path) -> None:
        self.simulator = simulator
        self.control = simulator.control
        self.root = root
        self.lines: list[tuple[Level, str]] = []
        self.app = Application(
            Config(
                paths=Paths(root / "data", root / "cache"),
                dropbox=DropboxSettings(api_url=simulator.http_url, max_parallel_requests=4),
                storage=(Storage(path=str(root / "repository")),),
            ),
            {},
            clock=SystemClock(),
        )
        self.app.create_repository()

    def link(self) -> None:
        token = self.control.mint_token()
        credentials = Credentials(
            app_key=token.app_key,
            refresh_token=token.refresh_token,
            access_token=token.access_token,
        )
        self.app.save_credentials(identify(credentials, self.app.connection_settings))

    def context(self) -> JobContext:
        return JobContext(log=lambda level, line: self.lines.append((level, line)))

    def backup(self, *entities: str, processes: int = 1) -> TeamBackupReport:
        return run_backup(self.app, self.context(), list(entities), processes)

    def export(self, target: Path, *addresses: str, **options: Any) -> export.ExportResult:
        with self.app.open_repository() as repository:
            group = self.app.group(repository)
        work = export.ExportWork(
            repository=self.app.repository_handle(),
            group=group,
            target=target,
            addresses=addresses,
            everything=not addresses,
            **options,
        )
        return export.run(self.context(), work)

    def restore_work(
        self,
        *addresses: str,
        to: str = "",
        mode: Literal["new-folder", "in-place"] = "new-folder",
        conflict: Literal["duplicate", "skip", "replace"] = "duplicate",
    ) -> restore.RestoreWork:
        return restore.RestoreWork(
            repository=self.app.repository_handle(),
            team=self.app.team_handle(),
            group=self.app.credentials().team_id,
            addresses=addresses,
            log_dir=self.root / "restore",
            target=to,
            mode=mode,
            conflict=conflict,
            folder_name="Restored",
        )

    def restore(self, *addresses: str, **options: Any) -> restore.RestoreResult:
        work = self.restore_work(*addresses, **options)
        return restore.run(self.context(), work, restore.open_restore(self.context(), work))

    @contextmanager
    def view(self, date: str = "latest") -> Iterator[TeamView]:
        with self.app.open_repository() as repository, repository.reader() as reader:
            yield open_view(repository, reader, self.app.group(repository), date)

    def stored(self, namespace: str, date: str = "latest") -> dict[str, Entry]:
        """Path -> entry of a namespace as a restore point has it."""
        with self.view(date) as view:
            tree = view.tree(namespace)
            return dict(tree.scan()) if tree is not None else {}

    def stored_bytes(self, namespace: str, path: str, date: str = "latest") -> bytes:
        with self.view(date) as view:
            tree = view.tree(namespace)
            entry = tree.get(path) if tree is not None else None
            if entry is None or entry.content is None:
                raise KeyError(path)
            return b"".join(view.reader.read(entry.content))

    def home(self, email: str = ADMIN) -> str:
        for namespace in self.control.namespaces():
            if namespace["owner"] == email and namespace["kind"] == "team_member_folder":
                return str(namespace["namespace_id"])
        raise KeyError(email)

    def put(self, path: str, text: str = "", **more: Any) -> None:
        where = {} if more.keys() & {"member", "namespace", "team_folder"} else {"member": ADMIN}
        self.control.edit({"op": "put", "path": path, "text": text, **where, **more})

    def edit(self, *edits: dict[str, Any]) -> None:
        self.control.edit(
            *(
                {"member": ADMIN, **edit} if "path" in edit and not _placed(edit) else edit
                for edit in edits
            )
        )

    def truth(self, namespace: str) -> Truth:
        """Path -> (kind, content hash) of what is in Dropbox now."""
        return {
            entry["path_lower"]: (entry["kind"], entry.get("content_hash", ""))
            for entry in self.control.truth(namespace)
        }

    def kept(self, namespace: str, date: str = "latest") -> Truth:
        """The same of what a restore point has."""
        return {path: _shape(entry) for path, entry in self.stored(namespace, date).items()}

    def calls(self, route: str) -> int:
        return int(self.control.metrics()["calls_by_route"].get(route, 0))

    def check_polite(self) -> None:
        assert self.control.metrics()["calls_while_told_to_wait"] == 0


@contextmanager
def open_appliance(root: Path, team: str = "empty", *, link: bool = True) -> Iterator[Appliance]:
    """A fresh repository beside a fresh team; at the end nobody was called while told to wait."""
    with start_simulator(team=team, strict=team == "empty") as simulator:
        appliance = Appliance(simulator, root)
        if link:
            appliance.link()
        yield appliance
        appliance.check_polite()


def tree_on_disk(root: Path) -> dict[str, str]:
    """Relative path -> content hash of every file below a folder."""
    return {
        str(path.relative_to(root)): content_hash([path.read_bytes()])
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def walk_paths(view: TeamView, entity: Entity) -> Sequence[str]:
    top = Item("", Place(entity.namespace, ""), Entry("folder", ""))
    return [item.path for item in view.walk(entity, top)]


def _placed(edit: dict[str, Any]) -> bool:
    return bool(edit.keys() & {"member", "namespace", "team_folder"})


def _shape(entry: Entry) -> tuple[str, str]:
    kind = "folder" if entry.kind == "folder" else "file"
    return kind, entry.content_hash.hex() if entry.content_hash else ""
