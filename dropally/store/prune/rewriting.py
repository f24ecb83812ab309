"""Write the living chunks of packs anew, under the newest key epoch."""

from collections.abc import Callable, Collection, Iterator, Sequence
from mmap import mmap

from dropally.store.codec import MAX_RUN_BYTES, Compressor, decompress, join, name_bytes
from dropally.store.content import ContentRecord, direct_ids, unpack_entries
from dropally.store.errors import AlreadyExistsError, DamagedError, StoreError
from dropally.store.index import IndexedPack, is_better
from dropally.store.pack import (
    BlobEntry,
    Directory,
    PackBuilder,
    PackHeader,
    PackKind,
    PackOpener,
    SealedPack,
    pack_key,
    read_directory,
)
from dropally.store.prune.marks import Marks
from dropally.store.prune.plan import PackFacts
from dropally.store.repository import RepositoryCore
from dropally.store.repository.metadata import metadata_key

_SEGMENT_PACKS = 64
_READ_WHOLE_FROM = 0.5


class Rewriter:
    """Rewrites packs of one kind. Bytes are checked against their ids on the way."""

    def __init__(
        self,
        repository: RepositoryCore,
        kind: PackKind,
        marks: Marks,
        condemned: Collection[int],
        keep: Callable[[], None],
    ) -> None:
        """`condemned`: numbers of packs whose chunks count for any other pack that has them."""
        self._repository = repository
        self._backend = repository.backend
        self._kind = kind
        self._marks = marks
        self._condemned = condemned
        self._keep = keep
        keyring = repository.keyring
        self._id_key = keyring.chunk_id_key if kind is PackKind.DATA else metadata_key(keyring)
        self._opener = PackOpener(keyring)
        self._compressor = Compressor(repository.config.zstd_level)
        self._buffer = memoryview(mmap(-1, repository.config.pack_bytes + 2 * MAX_RUN_BYTES))
        self._builder = self._begin()
        self._written: list[IndexedPack] = []
        self.stored_bytes = 0

    def rewrite(self, pack: PackFacts) -> None:
        """Copy what lives in a pack. Raises `StoreError`, and then the pack must stay."""
        self._keep()
        header, directory = read_directory(
            self._backend, pack.name, pack.stored_bytes, self._repository.keyring
        )
        living = self._living(directory, pack.number)
        sealed_of = self._fetcher(pack, directory, living)
        for blob in directory.blobs():
            wanted = living.get(blob.position)
            if wanted:
                self._copy(pack, header, directory, blob, wanted, sealed_of(blob))
        records = [one for one in directory.records if is_alive(one, self._marks)]
        self._builder.add_records(records)

    def finish(self) -> None:
        """Make everything durable and indexed."""
        self._put()
        self._index()

    def _living(self, directory: Directory, number: int | None) -> dict[int, list[int]]:
        """Blob -> places in the directory of the chunks that count for this pack."""
        ids = directory.ids()
        alive = [chunk_id for chunk_id in ids if chunk_id in self._marks]
        holders = self._repository.index.holders(alive)
        living: dict[int, list[int]] = {}
        for blob in directory.blobs():
            for place in range(blob.first_chunk, blob.first_chunk + blob.chunk_count):
                others = holders.pop(ids[place], None)
                if others is not None and not any(
                    number is not None and is_better(other, number, self._condemned)
                    for other in others
                ):
                    living.setdefault(blob.position, []).append(place)
        return living

    def _fetcher(
        self, pack: PackFacts, directory: Directory, living: dict[int, list[int]]
    ) -> Callable[[BlobEntry], memoryview]:
        """Read a pack at once where most of it is wanted, else blob by blob."""
        wanted = sum(blob.stored_bytes for blob in directory.blobs() if blob.position in living)
        key = pack_key(pack.name)
        if wanted < _READ_WHOLE_FROM * pack.stored_bytes:
            return lambda blob: memoryview(self._backend.get(key, blob.offset, blob.stored_bytes))
        whole = memoryview(self._backend.get(key)) if wanted else memoryview(b"")
        return lambda blob: whole[blob.offset : blob.offset + blob.stored_bytes]

    def _copy(
        self,
        pack: PackFacts,
        header: PackHeader,
        directory: Directory,
        blob: BlobEntry,
        wanted: Sequence[int],
        sealed: memoryview,
    ) -> None:
        try:
            run = self._opener.open(header, blob.position, sealed)
            plain = decompress(blob.codec, run, blob.plain_bytes)
            chunks = dict(self._checked(directory, blob, plain))
        except StoreError as error:
            raise DamagedError(error.message, hint=error.hint, pack=pack.name.hex()) from error
        ids = [directory.chunk_ids[32 * place : 32 * (place + 1)] for place in wanted]
        lengths = [len(chunks[place]) for place in wanted]
        if len(wanted) == blob.chunk_count:
            self._add(blob.codec, run, ids, lengths)
        else:
            parts = [chunks[place] for place in wanted]
            codec, stored = self._compressor.compress(join(parts))
            self._add(codec, bytes(stored), ids, lengths)

    def _checked(
        self, directory: Directory, blob: BlobEntry, plain: bytes
    ) -> Iterator[tuple[int, bytes]]:
        """Each chunk of a blob by its place, its id computed anew."""
        lengths = directory.lengths()
        at = 0
        for place in range(blob.first_chunk, blob.first_chunk + blob.chunk_count):
            chunk = plain[at : at + lengths[place]]
            at += lengths[place]
            if name_bytes(self._id_key, chunk) != directory.chunk_ids[32 * place : 32 * place + 32]:
                raise DamagedError("a chunk's bytes do not give its id")
            yield place, chunk

    def _add(self, codec: int, run: bytes, ids: list[bytes], lengths: list[int]) -> None:
        self._builder.add(codec, run, ids, lengths)
        if self._builder.full:
            self._put()

    def _begin(self) -> PackBuilder:
        return PackBuilder(
            self._kind, self._repository.keyring, self._buffer, self._repository.config.pack_bytes
        )

    def _put(self) -> None:
        if self._builder.empty:
            return
        self._keep()
        sealed = self._builder.finish()
        self._store(sealed)
        self.stored_bytes += sealed.size_bytes
        self._written.append(
            IndexedPack(sealed.name, sealed.size_bytes, sealed.header.encode(), sealed.directory)
        )
        if len(self._written) >= _SEGMENT_PACKS:
            self._index()
        self._builder = self._begin()

    def _store(self, sealed: SealedPack) -> None:
        key = pack_key(sealed.name)
        try:
            self._backend.put_new(key, sealed.parts)
        except AlreadyExistsError:
            # Our own put, whose answer was lost: no two packs are alike.
            if self._backend.stat(key).size_bytes != sealed.size_bytes:
                raise DamagedError("a pack was stored with another size than was sent") from None

    def _index(self) -> None:
        if self._written:
            self._repository.index.add_packs(self._written)
            self._written = []


def is_alive(record: ContentRecord, marks: Marks) -> bool:
    """Whether what a record names is all there still."""
    content = record.content
    if content.depth:
        ids = [entry.id for entry in unpack_entries(content.chunks)]
    else:
        ids = direct_ids(content)
    return bool(ids) and all(one in marks for one in ids)
