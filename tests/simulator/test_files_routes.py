"""The files routes, driven by the unmodified SDK with every answer checked against its types."""

from typing import Any

import pytest
from dropally.simulator.content_hash import BLOCK_SIZE, content_hash
from dropbox import files
from dropbox.exceptions import ApiError


def test_a_file_goes_up_and_comes_down_again(ann: Any) -> None:
    written = ann.files_upload(b"hello", "/Docs/\u00dcber \U0001f600.txt")
    assert written.content_hash == content_hash(b"hello")
    metadata, response = ann.files_download("/docs/\u00fcber \U0001f600.TXT")
    with response:
        assert response.content == b"hello"
    assert metadata == written


def test_listing_pages_until_the_end_and_then_tells_what_changed(ann: Any) -> None:
    for number in range(7):
        ann.files_upload(b"%d" % number, f"/a/{number}.txt")
    page = ann.files_list_folder("", recursive=True, limit=3)
    names = [entry.name for entry in page.entries]
    while page.has_more:
        page = ann.files_list_folder_continue(page.cursor)
        names += [entry.name for entry in page.entries]
    assert names == ["a", *(f"{number}.txt" for number in range(7))]
    ann.files_delete_v2("/a/3.txt")
    ann.files_upload(b"new", "/a/8.txt")
    changes = ann.files_list_folder_continue(page.cursor).entries
    assert [(type(entry), entry.path_lower) for entry in changes] == [
        (files.DeletedMetadata, "/a/3.txt"),
        (files.FileMetadata, "/a/8.txt"),
    ]


def test_a_session_in_aligned_and_odd_pieces_has_the_true_hash(ann: Any) -> None:
    data = bytes(range(256)) * (9 * BLOCK_SIZE // 1024)
    for step in (BLOCK_SIZE, 3_000_001):
        started = ann.files_upload_session_start(data[:step])
        at = step
        while len(data) - at > step:
            cursor = files.UploadSessionCursor(started.session_id, at)
            ann.files_upload_session_append_v2(data[at : at + step], cursor)
            at += step
        cursor = files.UploadSessionCursor(started.session_id, at)
        commit = files.CommitInfo(f"/big-{step}.bin")
        written = ann.files_upload_session_finish(data[at:], cursor, commit)
        assert written.content_hash == content_hash(data)


def test_an_append_at_the_wrong_offset_tells_the_right_one(ann: Any) -> None:
    started = ann.files_upload_session_start(b"12345")
    cursor = files.UploadSessionCursor(started.session_id, 3)
    with pytest.raises(ApiError) as refused:
        ann.files_upload_session_append_v2(b"45", cursor)
    assert refused.value.error.get_incorrect_offset().correct_offset == 5
