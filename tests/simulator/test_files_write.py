"""Changing files: modes, conflicts, batches, restores; every answer checked against its type."""

import time
from typing import Any

import pytest
from dropally.simulator.content_hash import BLOCK_SIZE, content_hash
from dropbox import files
from dropbox.exceptions import ApiError
from tests.simulator.office import Office

ADD = files.WriteMode.add
OVERWRITE = files.WriteMode.overwrite


def refused(attempt: Any, *args: Any, **options: Any) -> Any:
    """The error union of a refused call."""
    with pytest.raises(ApiError) as caught:
        attempt(*args, **options)
    return caught.value.error


def reason(error: files.UploadError) -> files.WriteError:
    return error.get_path().reason


def test_adding_where_a_file_is_is_a_conflict_unless_it_is_the_same(ann: Any) -> None:
    first = ann.files_upload(b"one", "/x.txt")
    assert ann.files_upload(b"one", "/X.TXT") == first
    error = refused(ann.files_upload, b"two", "/x.txt")
    assert reason(error).get_conflict().is_file()
    error = refused(ann.files_upload, b"one", "/x.txt", strict_conflict=True)
    assert reason(error).get_conflict().is_file()
    assert ann.files_upload(b"two", "/x.txt", autorename=True).name == "x (2).txt"
    assert ann.files_upload(b"three", "/x.txt", autorename=True).name == "x (3).txt"


def test_tags_are_lower_case_words_and_twenty_at_most(ann: Any) -> None:
    ann.files_create_folder_v2("/Plans")
    ann.files_tags_add("/plans", "Restored")
    ann.files_tags_add("/PLANS", "restored")
    assert tags_of(ann, "/Plans") == ["restored"]
    ann.files_move_v2("/Plans", "/Old plans")
    assert tags_of(ann, "/Old plans") == ["restored"]
    for number in range(19):
        ann.files_tags_add("/Old plans", f"tag_{number}")
    assert refused(ann.files_tags_add, "/Old plans", "one_more").is_too_many_tags()
    ann.files_tags_remove("/Old plans", "RESTORED")
    assert refused(ann.files_tags_remove, "/Old plans", "restored").is_tag_not_present()
    assert refused(ann.files_tags_add, "/nowhere", "x").get_path().is_not_found()
    assert refused(ann.files_tags_get, ["/nowhere"]).get_path().is_not_found()
    assert len(tags_of(ann, "/Old plans")) == 19


def tags_of(ann: Any, path: str) -> list[str]:
    [found] = ann.files_tags_get([path]).paths_to_tags
    assert found.path == path
    return [tag.get_user_generated_tag().tag_text for tag in found.tags]


def test_a_refused_upload_offers_its_session(ann: Any) -> None:
    ann.files_upload(b"one", "/x.txt")
    failed = refused(ann.files_upload, b"two", "/x.txt").get_path()
    cursor = files.UploadSessionCursor(failed.upload_session_id, 3)
    written = ann.files_upload_session_finish(b"", cursor, files.CommitInfo("/y.txt"))
    assert written.content_hash == content_hash(b"two")


def test_overwriting_keeps_the_id_and_gives_a_new_revision(ann: Any) -> None:
    first = ann.files_upload(b"one", "/x.txt")
    second = ann.files_upload(b"two", "/x.txt", mode=OVERWRITE)
    assert second.id == first.id
    assert second.rev > first.rev
    assert ann.files_upload(b"two", "/x.txt", mode=OVERWRITE) == second


def test_updating_demands_the_revision_that_is_replaced(ann: Any) -> None:
    first = ann.files_upload(b"one", "/x.txt")
    ann.files_upload(b"two", "/x.txt", mode=files.WriteMode.update(first.rev))
    stale = files.WriteMode.update(first.rev)
    assert reason(refused(ann.files_upload, b"three", "/x.txt", mode=stale)).is_conflict()
    copy = ann.files_upload(b"three", "/x.txt", mode=stale, autorename=True)
    assert copy.name == "x (conflicted copy).txt"


def test_files_and_folders_do_not_replace_each_other(ann: Any) -> None:
    ann.files_upload(b"one", "/folder/x.txt")
    error = refused(ann.files_upload, b"two", "/folder", mode=OVERWRITE)
    assert reason(error).get_conflict().is_folder()
    error = refused(ann.files_upload, b"two", "/folder/x.txt/y.txt")
    assert reason(error).get_conflict().is_file_ancestor()
    error = refused(ann.files_create_folder_v2, "/folder/x.txt")
    assert error.get_path().get_conflict().is_file()


@pytest.mark.parametrize("name", ["Thumbs.db", ".DS_Store", "desktop.ini", "n" * 256, "ü" * 256])
def test_names_that_dropbox_does_not_keep_are_refused(ann: Any, name: str) -> None:
    assert reason(refused(ann.files_upload, b"x", f"/{name}")).is_disallowed_name()


@pytest.mark.parametrize("path", ["/ends with space /x", "/back\\slash"])
def test_paths_that_cannot_be_are_malformed(ann: Any, path: str) -> None:
    assert reason(refused(ann.files_upload, b"x", path)).is_malformed_path()


def test_a_wrong_content_hash_is_refused(ann: Any) -> None:
    error = refused(ann.files_upload, b"one", "/x.txt", content_hash=content_hash(b"two"))
    assert error.is_content_hash_mismatch()


def test_moving_keeps_ids_and_copying_does_not(ann: Any) -> None:
    written = ann.files_upload(b"one", "/from/deep/x.txt")
    moved = ann.files_move_v2("/from", "/to/here").metadata
    assert moved.path_display == "/to/here"
    here = ann.files_get_metadata("/to/here/deep/x.txt")
    assert (here.id, here.content_hash) == (written.id, written.content_hash)
    assert here.rev != written.rev
    copied = ann.files_copy_v2("/to/here", "/again").metadata
    assert copied.id != moved.id
    assert ann.files_get_metadata("/again/deep/x.txt").content_hash == written.content_hash


def test_impossible_moves_are_refused(ann: Any) -> None:
    ann.files_upload(b"one", "/a/x.txt")
    ann.files_upload(b"two", "/b.txt")
    move = ann.files_move_v2
    assert refused(move, "/nowhere", "/c").get_from_lookup().is_not_found()
    assert refused(move, "/a", "/a/inside").is_cant_move_folder_into_itself()
    assert refused(move, "/a", "/b.txt").get_to().get_conflict().is_file()
    assert refused(move, "/a", "/A").get_to().get_conflict().is_folder()


def test_deleting_may_demand_the_revision_it_saw(ann: Any) -> None:
    first = ann.files_upload(b"one", "/x.txt")
    ann.files_upload(b"two", "/x.txt", mode=OVERWRITE)
    stale = refused(ann.files_delete_v2, "/x.txt", parent_rev=first.rev)
    assert stale.get_path_write().is_conflict()
    assert ann.files_delete_v2("/x.txt").metadata.name == "x.txt"
    assert refused(ann.files_delete_v2, "/x.txt").get_path_lookup().is_not_found()


def test_revisions_of_a_path_and_of_an_id(ann: Any) -> None:
    written = [ann.files_upload(b"%d" % n, "/x.txt", mode=OVERWRITE) for n in range(4)]
    ann.files_move_v2("/x.txt", "/y.txt")
    by_path = ann.files_list_revisions("/x.txt")
    assert by_path.is_deleted
    assert [one.rev for one in by_path.entries] == [one.rev for one in reversed(written)]
    older = ann.files_list_revisions("/x.txt", limit=1, before_rev=written[2].rev)
    assert [one.rev for one in older.entries] == [written[1].rev]
    assert older.has_more
    by_id = ann.files_list_revisions(written[0].id, mode=files.ListRevisionsMode.id)
    assert len(by_id.entries) == 5
    assert not by_id.is_deleted


def test_an_earlier_revision_can_be_restored_even_where_nothing_is(ann: Any) -> None:
    first = ann.files_upload(b"one", "/x.txt")
    ann.files_upload(b"two", "/x.txt", mode=OVERWRITE)
    back = ann.files_restore("/x.txt", first.rev)
    assert (back.id, back.content_hash) == (first.id, first.content_hash)
    assert back.rev not in (first.rev,)
    ann.files_delete_v2("/x.txt")
    again = ann.files_restore("/elsewhere/x.txt", first.rev)
    assert again.id == first.id
    assert ann.files_download("/elsewhere/x.txt")[1].content == b"one"
    assert refused(ann.files_restore, "/x.txt", "0123456789abcdef").is_invalid_revision()


def test_deleted_metadata_on_request(ann: Any) -> None:
    ann.files_upload(b"one", "/a/x.txt")
    ann.files_delete_v2("/a")
    assert refused(ann.files_get_metadata, "/a/x.txt").get_path().is_not_found()
    trace = ann.files_get_metadata("/a/x.txt", include_deleted=True)
    assert isinstance(trace, files.DeletedMetadata)


def wait(check: Any, launched: Any) -> Any:
    """Ask after a job until it is done."""
    status = check(launched.get_async_job_id())
    assert status.is_in_progress()
    for _ in range(10):
        status = check(launched.get_async_job_id())
        if not status.is_in_progress():
            return status.get_complete().entries
        time.sleep(0.01)
    raise AssertionError("the job never ends")


def test_batches_answer_entry_by_entry(ann: Any) -> None:
    made = ann.files_create_folder_batch(["/a", "/b", "/a"]).get_complete().entries
    assert [one.is_success() for one in made] == [True, True, False]
    forced = ann.files_create_folder_batch(["/c"], force_async=True)
    assert wait(ann.files_create_folder_batch_check, forced)[0].is_success()
    paths = [files.RelocationPath("/a", "/d"), files.RelocationPath("/a", "/e")]
    moved = wait(ann.files_move_batch_check_v2, ann.files_move_batch_v2(paths))
    assert moved[0].get_success().name == "d"
    assert moved[1].get_failure().get_relocation_error().get_from_lookup().is_not_found()
    copied = ann.files_copy_batch_v2([files.RelocationPath("/d", "/e")])
    assert wait(ann.files_copy_batch_check_v2, copied)[0].get_success().name == "e"
    gone = ann.files_delete_batch([files.DeleteArg("/b"), files.DeleteArg("/nowhere")])
    entries = wait(ann.files_delete_batch_check, gone)
    assert entries[0].get_success().metadata.name == "b"
    assert entries[1].get_failure().get_path_lookup().is_not_found()


def test_a_batch_of_sessions_becomes_files(ann: Any) -> None:
    ids = ann.files_upload_session_start_batch(3).session_ids
    for number, session_id in enumerate(ids[:2]):
        cursor = files.UploadSessionCursor(session_id, 0)
        ann.files_upload_session_append_v2(b"%d" % number, cursor, close=True)
    commits = [
        files.UploadSessionFinishArg(
            files.UploadSessionCursor(session_id, min(1, 2 - number)),
            files.CommitInfo(f"/batch/{number}.txt"),
        )
        for number, session_id in enumerate(ids)
    ]
    entries = ann.files_upload_session_finish_batch_v2(commits).entries
    assert [one.is_success() for one in entries] == [True, True, False]
    assert entries[2].get_failure().get_lookup_failed().is_not_closed()
    assert ann.files_download("/batch/1.txt")[1].content == b"1"
    again = ann.files_upload_session_finish_batch_v2(commits[:1]).entries
    assert again[0].get_failure().get_lookup_failed().is_not_found()


def test_a_session_whose_commit_was_refused_can_be_finished_elsewhere(ann: Any) -> None:
    ann.files_upload(b"in the way", "/x.txt")
    session_id = ann.files_upload_session_start(b"12345", close=True).session_id
    cursor = files.UploadSessionCursor(session_id, 5)
    finish = ann.files_upload_session_finish
    error = refused(finish, b"", cursor, files.CommitInfo("/x.txt"))
    assert error.get_path().get_conflict().is_file()
    assert finish(b"", cursor, files.CommitInfo("/y.txt")).size == 5


def test_concurrent_sessions_take_aligned_pieces_in_any_order(ann: Any) -> None:
    data = bytes(range(251)) * (5 * BLOCK_SIZE // 502)
    kind = files.UploadSessionType.concurrent
    session_id = ann.files_upload_session_start(b"", session_type=kind).session_id

    def send(offset: int, size: int, *, close: bool = False) -> None:
        cursor = files.UploadSessionCursor(session_id, offset)
        ann.files_upload_session_append_v2(data[offset : offset + size], cursor, close=close)

    error = refused(send, 1, BLOCK_SIZE)
    assert error.is_concurrent_session_invalid_offset()
    error = refused(send, 0, BLOCK_SIZE - 1)
    assert error.is_concurrent_session_invalid_data_size()
    end = files.UploadSessionCursor(session_id, len(data))
    commit = files.CommitInfo("/parallel.bin")
    error = refused(ann.files_upload_session_finish, b"", end, commit)
    assert error.is_concurrent_session_not_closed()
    send(2 * BLOCK_SIZE, BLOCK_SIZE, close=True)
    error = refused(ann.files_upload_session_finish, b"", end, commit)
    assert error.is_concurrent_session_missing_data()
    send(BLOCK_SIZE, BLOCK_SIZE)
    send(0, BLOCK_SIZE)
    written = ann.files_upload_session_finish(b"", end, commit)
    assert written.content_hash == content_hash(data)


def test_sessions_end_after_seven_days(office: Office, ann: Any) -> None:
    session_id = ann.files_upload_session_start(b"12345").session_id
    office.simulator.run(lambda world: world.clock.advance(8 * 24 * 3600))
    later = office.as_person(office.people.ann)
    cursor = files.UploadSessionCursor(session_id, 5)
    error = refused(later.files_upload_session_finish, b"", cursor, files.CommitInfo("/x"))
    assert error.get_lookup_failed().is_not_found()
