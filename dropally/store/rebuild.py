"""Make the index again from the packs alone."""

from dropally.store.errors import ReadOnlyError
from dropally.store.index import Adoption, adopt_packs
from dropally.store.repository import RepositoryCore


def rebuild_index(repository: RepositoryCore) -> Adoption:
    """Read every pack's directory, write new segments, and remove the old ones.

    The new segments are durable before an old one goes, so a rebuild that is cut short leaves the
    index no worse. Where the store denies deletion the old ones stay, and do no harm unless they
    are damaged, in which case they are passed over. Returns the packs indexed and the packs that
    cannot be read.
    """
    index = repository.index
    old = index.segment_names()
    index.forget()
    adoption = adopt_packs(repository.backend, repository.keyring, index)
    try:
        index.delete_segments(old)
    except ReadOnlyError:
        return adoption
    index.damaged_segments.clear()
    index.refresh()
    return adoption
