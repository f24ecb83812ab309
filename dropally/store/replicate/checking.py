"""Read a replica back and compare it with what it is a replica of."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from dropally.store.backend import Backend, ObjectStat
from dropally.store.errors import DamagedError, ObjectNotFoundError
from dropally.store.replicate.copying import TRANSFERS
from dropally.store.replicate.listing import CONFIG, IN_ORDER, compare, is_named_by_hash, is_right

_AHEAD = 4


@dataclass
class CopyCheck:
    """What was compared. `wrong`: keys that the replica lacks or holds with other bytes."""

    objects: int = 0
    size_bytes: int = 0
    wrong: list[str] = field(default_factory=list)


def check_copy(
    source: Backend,
    target: Backend,
    *,
    transfers: int = TRANSFERS,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[CopyCheck], None] = lambda done: None,
) -> CopyCheck:
    """Read every object of the replica: packs and segments against their names, others byte by byte.

    What both sides hold equally damaged is not the replica's fault, and not told here.
    """
    done = CopyCheck()
    with ThreadPoolExecutor(transfers, thread_name_prefix="check") as pool:
        ahead: list[tuple[ObjectStat, Future[bool]]] = []
        for stat, is_there in _objects(source, target):
            check()
            if not is_there:
                done.wrong.append(stat.key)
                continue
            if len(ahead) >= _AHEAD * transfers:
                _note(done, *ahead.pop(0))
                progress(done)
            ahead.append((stat, pool.submit(_is_equal, source, target, stat.key)))
        for pair in ahead:
            _note(done, *pair)
    progress(done)
    return done


def repair_copy(source: Backend, target: Backend, wrong: list[str]) -> list[str]:
    """Write the objects named anew; the keys that the source itself holds damaged are returned."""
    damaged = []
    for key in wrong:
        try:
            data = source.get(key)
        except ObjectNotFoundError:
            continue
        except DamagedError:
            damaged.append(key)
            continue
        if not is_right(key, data):
            damaged.append(key)
            continue
        target.delete(key)
        target.put_new(key, [data])
    return damaged


def _objects(source: Backend, target: Backend) -> Iterator[tuple[ObjectStat, bool]]:
    for prefix in (*IN_ORDER, CONFIG):
        for here, there in compare(source.list(prefix), target.list(prefix)):
            if here is not None:
                yield here, there is not None and there.size_bytes == here.size_bytes


def _note(done: CopyCheck, stat: ObjectStat, outcome: "Future[bool]") -> None:
    done.objects += 1
    done.size_bytes += stat.size_bytes
    if not outcome.result():
        done.wrong.append(stat.key)


def _is_equal(source: Backend, target: Backend, key: str) -> bool:
    try:
        data = target.get(key)
    except DamagedError:
        return False
    if is_named_by_hash(key) and is_right(key, data):
        return True
    try:
        return source.get(key) == data
    except ObjectNotFoundError:
        return True  # forgotten since it was listed
    except DamagedError:
        return False
