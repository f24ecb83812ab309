"""The small objects: config, key slots, index segments, snapshots, points, notes. All are read whole.

Those that come and go with the work at hand are not among them (sessions, the lease): a damaged one
ages, and is put aside.
"""

from collections.abc import Callable, Iterator

from dropally.store.errors import ObjectNotFoundError, StoreError
from dropally.store.index import CONDEMNED_PREFIX, decode_generation, segment_key
from dropally.store.keys import check_slots
from dropally.store.repository import RepositoryCore
from dropally.store.repository.config import KEY as CONFIG_KEY
from dropally.store.repository.config import read_config
from dropally.store.snapshot import (
    ERASED_PREFIX,
    EXCLUDED_PREFIX,
    LOST_PREFIX,
    WANTED_PREFIX,
    Chain,
    Point,
    Snapshot,
)

EXCHANGED = "it follows another object than the one before it: one of them was exchanged"
"""Also said where two machines added to a chain at once, and one of the two objects was forgotten."""
Checked = tuple[str, str]
"""An object's key, and what is wrong with it; "" when nothing is."""


def check_objects(repository: RepositoryCore) -> Iterator[Checked]:
    """Look at every small object. Raises what the backend raises when it cannot be asked."""
    yield CONFIG_KEY, _why_not_config(repository)
    yield from check_slots(repository.backend)
    yield from _check_segments(repository)
    yield from _check_chain(repository.snapshot_chain)
    yield from _check_chain(repository.point_chain)
    yield from _check_notes(repository)


def damage_of(error: StoreError) -> str:
    """What an error says is wrong; raises it again when it only says "not now"."""
    if error.retryable:
        raise error
    return error.message


def _why_not_config(repository: RepositoryCore) -> str:
    try:
        read_config(repository.backend).check(repository.keyring)
    except StoreError as error:
        return damage_of(error)
    return ""


def _check_segments(repository: RepositoryCore) -> Iterator[Checked]:
    for name, _ in repository.index.list_segments():
        key = segment_key(name)
        try:
            repository.index.read_segment(name)
        except ObjectNotFoundError:
            continue  # merged into another since it was listed
        except StoreError as error:
            yield key, damage_of(error)
        else:
            yield key, ""


def _check_chain(chain: Chain[Snapshot] | Chain[Point]) -> Iterator[Checked]:
    """Each object opens, and follows the one before it.

    Numbers may leave gaps, for what was forgotten on purpose, and may come twice, from writers on two
    machines that did not see each other. But where two follow one another, the later one holds the
    hash of the earlier (or of what that one took the place of, for a legal erasure): another hash
    means that one of them was exchanged.
    """
    owner, sequence = "", 0
    digests: frozenset[bytes] = frozenset()
    for key in chain.object_keys():
        if key.rpartition("/")[0] != owner:
            owner, sequence, digests = key.rpartition("/")[0], 0, frozenset()
        try:
            linked, own_digest = chain.load(key)
        except ObjectNotFoundError:
            continue  # forgotten since it was listed
        except StoreError as error:
            yield key, damage_of(error)
            digests = frozenset()
            continue
        is_next = linked.sequence == sequence + 1
        yield key, EXCHANGED if is_next and digests and linked.previous not in digests else ""
        own = frozenset((own_digest, *linked.replaces))
        if linked.sequence == sequence and digests:
            digests |= own
        elif linked.sequence > sequence:
            sequence, digests = linked.sequence, own


def _check_notes(repository: RepositoryCore) -> Iterator[Checked]:
    """What is to go, is lost, is to be fetched again, was erased, or is passed over."""
    notes: dict[str, Callable[[str, bytes], object]] = {
        CONDEMNED_PREFIX: lambda key, data: decode_generation(repository.keyring, key, data),
        LOST_PREFIX: repository.lost_and_wanted.decode_lost,
        WANTED_PREFIX: repository.lost_and_wanted.decode_wanted,
        ERASED_PREFIX: repository.erasures.decode_erased,
        EXCLUDED_PREFIX: repository.erasures.decode_excluded,
    }
    for prefix, decode in notes.items():
        for stat in repository.backend.list(prefix):
            try:
                decode(stat.key, repository.backend.get(stat.key))
            except ObjectNotFoundError:
                continue  # replaced or settled since it was listed
            except StoreError as error:
                yield stat.key, damage_of(error)
            else:
                yield stat.key, ""
