"""The one check that a byte range lies inside an object."""

from dropally.store.errors import DamagedError


def resolve_range(key: str, size_bytes: int, offset: int, length: int | None) -> tuple[int, int]:
    """`(start, end)` inside an object of `size_bytes`; `DamagedError` when it is too short."""
    if offset < 0 or (length is not None and length < 0):
        raise ValueError("offset and length are not negative")
    end = size_bytes if length is None else offset + length
    if end > size_bytes or offset > size_bytes:
        raise cut_short(key, size_bytes, offset, length)
    return offset, end


def cut_short(key: str, size_bytes: int, offset: int, length: int | None) -> DamagedError:
    """The error for an object that ends before a range that must be in it."""
    wanted = f"{offset}-" if length is None else f"{offset}-{offset + length}"
    return DamagedError(
        f"{key} holds {size_bytes} bytes, but bytes {wanted} were expected of it",
        hint="The object was cut short. Run verify; restore it from a replica if there is one.",
    )
