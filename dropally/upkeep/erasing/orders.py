"""What an erasure is asked to do. Its paths lie sealed in the job: they are what is to vanish."""

import base64

import msgspec

from dropally.auth.context import AuthContext
from dropally.store.erase import Choice, Places

_PURPOSE = "erasure"


class EraseOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which items of which namespace. `paths` as Dropbox lower-cases them.

    `exclude`: they are never backed up again.
    """

    paths: tuple[str, ...] = ()
    item_ids: tuple[str, ...] = ()
    exclude: bool = True

    def choice(self) -> Choice:
        """For the store."""
        return Choice(frozenset(self.item_ids), frozenset(self.paths))


class EraseParams(msgspec.Struct, frozen=True, kw_only=True):
    """What the job is given. `order` is sealed; `erasure_id` "" for a dry run."""

    storage_id: str
    team_id: str
    namespace: str
    entity_name: str
    order: str
    erasure_id: str = ""


class SealedPlaces(msgspec.Struct, frozen=True, kw_only=True):
    """Where the items are or were: found once, before anything is replaced."""

    paths: tuple[str, ...]
    item_ids: tuple[str, ...]
    chosen: tuple[str, ...]


def seal_order(auth: AuthContext, order: EraseOrder) -> str:
    """As it lies in the job's parameters."""
    return base64.b64encode(auth.sealer.seal(msgspec.json.encode(order), _PURPOSE)).decode()


def open_order(auth: AuthContext, sealed: str) -> EraseOrder:
    """The reverse of `seal_order`."""
    plain = auth.sealer.open(base64.b64decode(sealed), _PURPOSE)
    return msgspec.json.decode(plain, type=EraseOrder)


def seal_places(auth: AuthContext, places: Places) -> bytes:
    """As they lie in the job's state, for another attempt."""
    plain = SealedPlaces(
        paths=places.paths,
        item_ids=tuple(sorted(places.item_ids)),
        chosen=tuple(sorted(places.chosen)),
    )
    return auth.sealer.seal(msgspec.json.encode(plain), _PURPOSE)


def open_places(auth: AuthContext, sealed: bytes) -> Places:
    """The reverse of `seal_places`."""
    plain = msgspec.json.decode(auth.sealer.open(sealed, _PURPOSE), type=SealedPlaces)
    return Places(plain.paths, frozenset(plain.item_ids), frozenset(plain.chosen))
