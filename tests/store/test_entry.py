import contextlib

import pytest
from dropally.store import (
    Content,
    DamagedError,
    Entry,
    ExportForm,
    decode_entry,
    encode_entry,
    path_key,
)
from hypothesis import given
from hypothesis import strategies as st


def test_an_entry_survives_with_all_its_fields() -> None:
    entry = Entry(
        "cloud_file",
        "Notes.paper",
        id="id:1",
        rev="015",
        size_bytes=7,
        client_modified=1_700_000_000,
        server_modified=None,
        content_hash=bytes(32),
        modified_by="dbid:A",
        mount="84",
        read_only=True,
        export=ExportForm({"markdown": Content(3, 0, bytes(32))}),
        symlink_target="../x",
        content=Content(0),
        failure="vanished",
        extra={"sharing": {"parent": "84"}},
    )
    assert decode_entry(encode_entry(entry)) == entry


def test_a_plain_file_is_small() -> None:
    entry = Entry(
        "file", "report.txt", rev="0156f", size_bytes=10, content=Content(10, 0, bytes(32))
    )
    assert len(encode_entry(entry)) < 80


@given(st.binary(max_size=60))
def test_arbitrary_bytes_are_an_entry_or_an_error(encoded: bytes) -> None:
    with contextlib.suppress(DamagedError):
        assert isinstance(decode_entry(encoded), Entry)


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(DamagedError):
        decode_entry(encode_entry(Entry("socket", "x")))  # type: ignore[arg-type]  # the point


def test_keys_are_utf8() -> None:
    assert path_key("/größe") == "/größe".encode()
