"""In whose name each namespace of a team is entered.

Made once for a roster: a team of thousands would otherwise be searched for each of its namespaces.
"""

from dropally.common.errors import DeniedError
from dropally.dropbox_api.discover import admin_of
from dropally.dropbox_api.identity import Identity, as_admin, as_user
from dropally.dropbox_api.models import Roster


class Entrances:
    """Who may read, list and write where, by one look at the team."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self._admin = admin_of(roster.profile.admin_member_id, roster.members)
        self._team_folders = frozenset(folder.namespace for folder in roster.team_folders)
        self._external = frozenset(space.id for space in roster.namespaces if space.external)

    def readers(self, namespace_id: str) -> tuple[Identity, ...]:
        """Who may download: members with access, those who may write first, and an admin.

        Raises DeniedError when there is nobody.
        """
        readers = [as_user(reach.member_id) for reach in self.roster.reach.get(namespace_id, ())]
        if self._admin:
            readers.append(as_admin(self._admin))
        if not readers:
            raise DeniedError(
                f"Nobody of the team may read namespace {namespace_id}.",
                hint="The team needs at least one active admin; link it again as one.",
            )
        return tuple(readers)

    def listers(self, namespace_id: str) -> tuple[Identity, ...]:
        """Who may list, best first.

        In a team folder a member may be kept out of some subfolders, an admin is not. A home and
        a shared folder show themselves whole to their members, and spare the admin's rate limit.
        """
        readers = self.readers(namespace_id)
        is_team_folder = namespace_id in self._team_folders
        return tuple(sorted(readers, key=lambda i: i.kind != "admin" and is_team_folder))

    def writers(self, namespace_id: str) -> tuple[Identity, ...]:
        """Who may write, best first; nobody for a folder that belongs to another team."""
        if namespace_id in self._external:
            return ()
        reaches = self.roster.reach.get(namespace_id, ())
        may_write = {reach.member_id for reach in reaches if reach.can_write}
        listers = self.listers(namespace_id)
        return tuple(i for i in listers if i.kind == "admin" or i.member_id in may_write)
