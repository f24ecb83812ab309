"""The sample team: an office with months of history, and everything that is odd in a Dropbox.

The same documents come out on every run; only their dates are counted back from the day on which
the team is built.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from dropally.simulator.content_hash import content_hash
from dropally.simulator.state import edits, mounts
from dropally.simulator.state.edits import FileContent
from dropally.simulator.state.entry import CloudDocument
from dropally.simulator.state.model import AccessLevel, Layout, Member, Namespace, Restriction
from dropally.simulator.state.team_folders import create_team_folder
from dropally.simulator.state.team_space import add_group, add_member, found_team, set_member_status
from dropally.simulator.state.world import World
from dropally.simulator.world import sample_traps
from dropally.simulator.world.documents.cloud import make_google_pointer, make_paper_page
from dropally.simulator.world.documents.film import FilmContent
from dropally.simulator.world.documents.pdf import make_pdf
from dropally.simulator.world.people import GROUPS, PEOPLE, Person
from dropally.simulator.world.prose import Prose
from dropally.simulator.world.sample_documents import Draft, home_drafts, shared_drafts

_DAY: Final = 86_400
_FILM_SIZE: Final = 200 * 1024 * 1024
_FILES_IN_HOME: Final = 260
_FILES_IN_SHARED: Final = 90


@dataclass(frozen=True, slots=True)
class _SharedFolder:
    """A shared folder: whose it is, and under which path each of the others has mounted it."""

    name: str
    topic: str
    owner: str
    path: str
    mounted: dict[str, tuple[AccessLevel, str]]
    """Given name to access and path."""


_SHARED_FOLDERS: Final = (
    _SharedFolder(
        "Trade fair 2026", "marketing", "Chiara", "/Shared/Trade fair 2026",
        {"Deniz": ("editor", "/Fair"), "Ann": ("viewer", "/From colleagues/Trade fair 2026")},
    ),
    _SharedFolder(
        "Spindle redesign", "engineering", "Bjørn", "/Projects/Spindle redesign",
        {"Greta": ("editor", "/Spindle redesign"), "Éloise": ("viewer", "/Costs/Spindle (Bjørn)")},
    ),
    _SharedFolder(
        "Salaries", "people", "Ann", "/Confidential/Salaries",
        {"Éloise": ("editor", "/Salaries from Ann")},
    ),
    _SharedFolder(
        "Framework contracts", "legal", "Farid", "/Framework contracts",
        {"Deniz": ("viewer", "/Legal/Framework contracts"), "Ann": ("editor", "/Legal stuff")},
    ),
)  # fmt: skip
_TEAM_FOLDERS: Final[tuple[tuple[str, str, str, AccessLevel], ...]] = (
    ("Company", "people", "", "editor"),
    ("Engineering", "engineering", "Engineering", "editor"),
    ("Management", "finance", "Management", "editor"),
)
"""Name, topic, and the group that may see it with which access; no group: everybody."""


def build_sample_team(world: World, layout: Layout = "2023") -> None:
    """Found the sample team with all its files, in a few seconds."""
    found_team(world, "Hollenberg Instruments", layout=layout, num_licensed_users=25)
    builder = _Builder(world)
    builder.add_people()
    builder.add_team_folders()
    builder.add_homes()
    builder.add_shared_folders()
    builder.add_oddities()
    builder.let_go()


class _Guest(NamedTuple):
    member: Member
    level: AccessLevel
    path: str


class _Builder:
    def __init__(self, world: World) -> None:
        self._world = world
        self._today = int(world.clock.epoch_s()) // _DAY * _DAY
        self._members: dict[str, Member] = {}
        self._handbook = make_pdf(Prose("people", "company handbook"), paragraphs=12)

    def add_people(self) -> None:
        """Members and groups; whoever leaves the team leaves it at the end."""
        for person in PEOPLE:
            self._members[person.given_name] = self._add_member(person)
        for name in GROUPS:
            people = [one for one in PEOPLE if name in one.groups]
            roles: dict[str, Literal["member", "owner"]] = {
                self._members[one.given_name].member_id: "owner" if one.is_admin else "member"
                for one in people
            }
            add_group(self._world, name, roles)

    def add_team_folders(self) -> None:
        """Three team folders, written to by those who may."""
        for name, topic, group_name, level in _TEAM_FOLDERS:
            groups = [one for one in self._world.groups.values() if one.name == group_name]
            space = create_team_folder(
                self._world, name, groups={one.group_id: level for one in groups}
            )
            authors = [
                self._members[person.given_name]
                for person in PEOPLE
                if (group_name or "Everybody") in person.groups
            ]
            drafts = shared_drafts(name, topic, _FILES_IN_SHARED * 2)
            self._write_drafts(space.ns_id, drafts, authors)

    def add_homes(self) -> None:
        """Everybody who ever had a home gets documents; the handbook lies in all of them."""
        for person in PEOPLE:
            if person.status == "invited":
                continue
            member = self._members[person.given_name]
            drafts = home_drafts(person.given_name, person.topic, _FILES_IN_HOME)
            self._write_drafts(member.home_namespace, drafts, [member])
            self._write(member.home_namespace, "/Company handbook.pdf", self._handbook, member, 120)
            edits.create_folder(self._world, member.home_namespace, "/To be sorted")

    def add_shared_folders(self) -> None:
        """Four shared folders, mounted under other names in other homes."""
        for shared in _SHARED_FOLDERS:
            owner = self._members[shared.owner]
            guests = [_Guest(self._members[who], *how) for who, how in shared.mounted.items()]
            self._add_shared_folder(shared, owner, guests)

    def add_oddities(self) -> None:
        """Whatever breaks backups: odd names, cloud documents, links, refused and huge files."""
        ann, chiara = self._members["Ann"], self._members["Chiara"]
        for path, content in sample_traps.trap_files():
            self._write(ann.home_namespace, path, content, ann, 30)
        for path in sample_traps.EMPTY_FOLDERS:
            edits.create_folder(self._world, ann.home_namespace, path)
        self._add_cloud_documents(ann)
        self._add_unreadables(ann)
        film = FilmContent(b"factory tour", _FILM_SIZE)
        tour = FileContent(
            size=film.size,
            content_hash=film.content_hash,
            content_ref=f"film:{film.seed.hex()}:{film.size}",
        )
        self._put(chiara.home_namespace, "/Films/Factory tour.mp4", tour, chiara, 14)

    def let_go(self) -> None:
        """Suspend and remove who is not active; it happened within the last days."""
        for person in PEOPLE:
            if person.status in ("suspended", "removed"):
                set_member_status(self._world, self._members[person.given_name], person.status)

    def _add_member(self, person: Person) -> Member:
        return add_member(
            self._world,
            person.email,
            person.given_name,
            person.surname,
            is_admin=person.is_admin,
            status="invited" if person.status == "invited" else "active",
            joined_at=self._today - 400 * _DAY,
        )

    def _write_drafts(self, ns: str, drafts: Iterable[Draft], authors: list[Member]) -> None:
        for number, draft in enumerate(drafts):
            for revision, age_s in enumerate(draft.ages_s):
                author = authors[(number + revision) % len(authors)]
                content = self._store(draft.content(revision))
                self._put(ns, draft.path, content, author, age_s / _DAY)

    def _add_shared_folder(
        self, shared: _SharedFolder, owner: Member, guests: list[_Guest]
    ) -> None:
        space = self._world.add_namespace(
            Namespace(
                ns_id=self._world.new_namespace_id(),
                kind="shared_folder",
                name=shared.name,
                owner=owner.member_id,
                members={guest.member.member_id: guest.level for guest in guests},
                created_at=self._today - 200 * _DAY,
            )
        )
        mounts.mount_at(self._world, owner.home_namespace, shared.path, space.ns_id)
        for guest in guests:
            mounts.mount_at(self._world, guest.member.home_namespace, guest.path, space.ns_id)
        editors = [owner, *(guest.member for guest in guests if guest.level == "editor")]
        drafts = shared_drafts(shared.name, shared.topic, _FILES_IN_SHARED)
        self._write_drafts(space.ns_id, drafts, editors)

    def _add_cloud_documents(self, owner: Member) -> None:
        """Paper pages and Google documents: listed like files, but only ever exported."""
        for number in range(1, 4):
            page = make_paper_page(Prose("people", f"paper {number}")).encode()
            document = CloudDocument("markdown", ("markdown", "html"), paper_revision=number)
            content = self._store(page, document=document)
            self._put(
                owner.home_namespace, f"/Paper/Meeting notes {number}.paper", content, owner, 9
            )
        for name, kind, export_as in (
            ("Plan", "document", "docx"),
            ("Figures", "spreadsheets", "xlsx"),
            ("Kick-off", "presentation", "pptx"),
        ):
            pointer = make_google_pointer(Prose("sales", name), kind)
            content = self._store(pointer, document=CloudDocument(export_as, (export_as, "pdf")))
            suffix = {"docx": "gdoc", "xlsx": "gsheet", "pptx": "gslides"}[export_as]
            self._put(owner.home_namespace, f"/Google/{name}.{suffix}", content, owner, 20)

    def _add_unreadables(self, owner: Member) -> None:
        """A symbolic link, a file that nobody can download, and one that nobody may."""
        home = owner.home_namespace
        link = self._store(b"", symlink_target="../Meetings")
        self._put(home, "/Odd files/link to meetings", link, owner, 50)
        unsupported = self._store(b"no bytes to be had", downloadable=False)
        self._put(home, "/Odd files/unsupported.bin", unsupported, owner, 50)
        refused = b"Somebody claims to own these words.\n"
        self._write(home, "/Odd files/restricted.txt", refused, owner, 50)
        self._world.restricted.put(content_hash(refused), Restriction("sample"))

    def _write(self, ns: str, path: str, data: bytes, author: Member, age_days: float) -> None:
        self._put(ns, path, self._store(data), author, age_days)

    def _put(
        self, ns: str, path: str, content: FileContent, author: Member, age_days: float
    ) -> None:
        moment = self._today - int(age_days * _DAY)
        edits.put_file(
            self._world,
            ns,
            path,
            content,
            author=author.account_id,
            client_modified=moment - 60,
            server_modified=moment,
        )

    def _store(
        self,
        data: bytes,
        *,
        document: CloudDocument | None = None,
        symlink_target: str = "",
        downloadable: bool = True,
    ) -> FileContent:
        return FileContent(
            size=len(data),
            content_hash=self._world.contents.add(data),
            document=document,
            symlink_target=symlink_target,
            downloadable=downloadable,
        )
