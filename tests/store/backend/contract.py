"""The one suite that every backend must pass. A test module gives it a `backend` fixture."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from dropally.store.backend import Backend, Version, probe_backend
from dropally.store.errors import (
    AlreadyExistsError,
    ConflictError,
    DamagedError,
    InvalidKeyError,
    ObjectNotFoundError,
)

BAD_KEYS = [
    "",
    "/packs",
    "packs/",
    "packs//x",
    "..",
    "../escape",
    "packs/../../escape",
    "packs/.hidden",
    "Packs/x",
    "packs/x y",
    "packs/x\n",
    "packs/é",
    "packs\\x",
    "a" * 600,
    "tmp~",
]


def keys(backend: Backend, prefix: str) -> list[str]:
    return [stat.key for stat in backend.list(prefix)]


class SingleWriterContract:
    """What `Backend` promises to one writer, as tests."""

    def test_parts_are_read_back_joined(self, backend: Backend) -> None:
        backend.put_new("packs/ab/one", [b"first ", bytearray(b"second "), memoryview(b"third")])
        assert backend.get("packs/ab/one") == b"first second third"

    @pytest.mark.parametrize("size", [0, 1, 4095, 4096, 1024 * 1024 - 1, 5 * 1024 * 1024 + 17])
    def test_every_size_is_kept_exactly(self, backend: Backend, size: int) -> None:
        data = bytes(range(256)) * (size // 256 + 1)
        backend.put_new("packs/x", [data[: size // 3], data[size // 3 : size]])
        assert backend.get("packs/x") == data[:size]
        assert backend.stat("packs/x").size_bytes == size

    def test_ranges_are_exact(self, backend: Backend) -> None:
        backend.put_new("packs/x", [b"0123456789"])
        assert backend.get("packs/x", 2, 3) == b"234"
        assert backend.get("packs/x", 7) == b"789"
        assert backend.get("packs/x", 0, 10) == b"0123456789"
        assert backend.get("packs/x", 4, 0) == b""
        assert backend.get("packs/x", 10) == b""

    @pytest.mark.parametrize(("offset", "length"), [(0, 11), (9, 2), (10, 1), (25, 3), (11, None)])
    def test_a_range_beyond_the_end_is_damage(
        self, backend: Backend, offset: int, length: int | None
    ) -> None:
        backend.put_new("packs/x", [b"0123456789"])
        with pytest.raises(DamagedError, match="packs/x"):
            backend.get("packs/x", offset, length)

    def test_an_object_is_never_replaced(self, backend: Backend) -> None:
        backend.put_new("packs/x", [b"first"])
        with pytest.raises(AlreadyExistsError, match="packs/x"):
            backend.put_new("packs/x", [b"second"])
        assert backend.get("packs/x") == b"first"

    def test_what_is_absent_is_named(self, backend: Backend) -> None:
        with pytest.raises(ObjectNotFoundError, match="packs/none"):
            backend.get("packs/none")
        with pytest.raises(ObjectNotFoundError, match="packs/none"):
            backend.get("packs/none", 0, 4)
        with pytest.raises(ObjectNotFoundError, match="packs/none"):
            backend.stat("packs/none")
        with pytest.raises(ObjectNotFoundError, match="packs/none"):
            backend.read_version("packs/none")

    def test_a_folder_is_no_object(self, backend: Backend) -> None:
        backend.put_new("packs/ab/x", [b"1"])
        with pytest.raises(ObjectNotFoundError):
            backend.get("packs/ab")
        with pytest.raises(ObjectNotFoundError):
            backend.stat("packs/ab")

    def test_listing_is_sorted_by_key_and_complete(self, backend: Backend) -> None:
        wanted = ["a-b", "a.b", "a/b", "a/c/d", "a0", "ab/x", "b"]
        for key in reversed(wanted):
            backend.put_new(key, [key.encode()])
        stats = list(backend.list(""))
        assert [stat.key for stat in stats] == wanted
        assert [stat.size_bytes for stat in stats] == [len(key) for key in wanted]

    def test_listing_takes_any_prefix(self, backend: Backend) -> None:
        for key in ("packs/aa/1", "packs/ab/1", "packs/ab/2", "packs2", "points/x"):
            backend.put_new(key, [b""])
        assert keys(backend, "packs/") == ["packs/aa/1", "packs/ab/1", "packs/ab/2"]
        assert keys(backend, "packs/ab/") == ["packs/ab/1", "packs/ab/2"]
        assert keys(backend, "packs/a") == ["packs/aa/1", "packs/ab/1", "packs/ab/2"]
        assert keys(backend, "packs") == ["packs/aa/1", "packs/ab/1", "packs/ab/2", "packs2"]
        assert keys(backend, "p") == [
            "packs/aa/1",
            "packs/ab/1",
            "packs/ab/2",
            "packs2",
            "points/x",
        ]
        assert keys(backend, "none/") == []

    def test_listing_an_empty_backend_gives_nothing(self, backend: Backend) -> None:
        assert keys(backend, "") == []

    def test_times_are_utc_and_do_not_run_back(self, backend: Backend) -> None:
        backend.put_new("a", [b""])
        backend.put_new("b", [b""])
        first, second = backend.stat("a").modified, backend.stat("b").modified
        assert first.utcoffset() == timedelta(0)
        assert first <= second
        assert [stat.modified for stat in backend.list("")] == [first, second]

    def test_deleting_twice_is_no_error(self, backend: Backend) -> None:
        backend.put_new("packs/x", [b"1"])
        backend.delete("packs/x")
        backend.delete("packs/x")
        backend.delete("packs/never/was")
        with pytest.raises(ObjectNotFoundError):
            backend.get("packs/x")
        backend.put_new("packs/x", [b"2"])
        assert backend.get("packs/x") == b"2"

    def test_swap_wins_only_against_the_version_that_was_read(self, backend: Backend) -> None:
        first = backend.swap("lease", b"one", None)
        assert backend.read_version("lease") == (b"one", first)
        second = backend.swap("lease", b"two", first)
        assert second != first
        with pytest.raises(ConflictError):
            backend.swap("lease", b"three", first)
        assert backend.read_version("lease") == (b"two", second)

    def test_swap_of_what_must_be_absent(self, backend: Backend) -> None:
        backend.put_new("lease", [b"one"])
        with pytest.raises(ConflictError):
            backend.swap("lease", b"two", None)
        assert backend.get("lease") == b"one"

    def test_swap_of_what_was_deleted_is_lost(self, backend: Backend) -> None:
        version = backend.swap("lease", b"one", None)
        backend.delete("lease")
        with pytest.raises(ConflictError):
            backend.swap("lease", b"two", version)
        assert keys(backend, "") == []

    @pytest.mark.parametrize("key", BAD_KEYS)
    def test_keys_that_climb_or_fold_are_refused(self, backend: Backend, key: str) -> None:
        for attempt in (
            lambda: backend.put_new(key, [b""]),
            lambda: backend.get(key),
            lambda: backend.stat(key),
            lambda: backend.delete(key),
            lambda: backend.read_version(key),
            lambda: backend.swap(key, b"", None),
            lambda: backend.swap(key, b"", Version("x")),
        ):
            with pytest.raises(InvalidKeyError):
                attempt()

    @pytest.mark.parametrize("prefix", ["/", "..", "../x", "a//b", "A", "a b"])
    def test_prefixes_are_checked(self, backend: Backend, prefix: str) -> None:
        with pytest.raises(InvalidKeyError):
            list(backend.list(prefix))

    def test_probing_finds_everything_working_and_leaves_nothing(self, backend: Backend) -> None:
        assert probe_backend(backend).shortcomings() == []
        assert keys(backend, "") == []

    def test_the_location_says_where_without_credentials(self, backend: Backend) -> None:
        assert backend.location
        assert "secret" not in backend.location

    def test_closing_twice_is_no_error(self, backend: Backend) -> None:
        backend.close()
        backend.close()


class BackendContract(SingleWriterContract):
    """What `Backend` promises, as tests."""

    def test_of_many_writers_of_one_key_one_wins(self, backend: Backend) -> None:
        def put(number: int) -> bool:
            try:
                backend.put_new("packs/x", [bytes([number]) * 1000])
            except AlreadyExistsError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = [number for number, ok in enumerate(pool.map(put, range(8))) if ok]
        assert len(won) == 1
        assert backend.get("packs/x") == bytes(won) * 1000

    loses_answers = False
    """Whether a swap may win and be told that it lost: its answer got lost, and another won next."""

    def test_of_many_swappers_each_round_has_one_winner(self, backend: Backend) -> None:
        backend.swap("counter", b"0 nobody", None)

        def rounds_of(data: bytes) -> int:
            return int(data.partition(b" ")[0])

        def win_a_round(name: int) -> int:
            while True:
                data, version = backend.read_version("counter")
                number = rounds_of(data) + 1
                try:
                    # No two write the same bytes: by its bytes a swap without an answer is known.
                    backend.swap("counter", f"{number} {name}".encode(), version)
                except ConflictError:
                    continue
                return number

        with ThreadPoolExecutor(4) as pool:
            won = list(pool.map(win_a_round, range(12)))
        assert len(set(won)) == len(won)
        rounds = rounds_of(backend.get("counter"))
        assert rounds == len(won) or (self.loses_answers and rounds > len(won))
