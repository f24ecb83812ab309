"""Which shared and team folders a member may come to, without trying every one of the team's."""

from collections import defaultdict
from collections.abc import Iterator

from dropally.simulator.state.model import Member, Namespace
from dropally.simulator.state.tables import Table


class SharedFolders:
    """Shared and team folders by the members they name; made anew after a change."""

    def __init__(self, namespaces: Table[Namespace]) -> None:
        self._namespaces = namespaces
        self._version = -1
        self._naming: defaultdict[str, list[Namespace]] = defaultdict(list)
        self._others: list[Namespace] = []

    def candidates(self, member: Member) -> Iterator[Namespace]:
        """Every folder that the member could have access to, and perhaps some more."""
        if self._version != self._namespaces.version:
            self._sort()
        yield from self._naming.get(member.member_id, ())
        yield from self._others

    def _sort(self) -> None:
        self._naming.clear()
        self._others = []
        for namespace in self._namespaces.values():
            if namespace.kind not in ("shared_folder", "team_folder"):
                continue
            if namespace.whole_team or namespace.groups or namespace.parent:
                self._others.append(namespace)
                continue
            for member_id in {namespace.owner, *namespace.members}:
                self._naming[member_id].append(namespace)
        self._version = self._namespaces.version
