"""The unmodified SDK with Dropbox's real host names, through the proxy face."""

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dropbox
import pytest
import requests
from dropally.simulator import Simulator, start_simulator
from dropbox.common import PathRoot
from dropbox.file_transfer import BytesSource, BytesTarget, Downloader, DownloadOptions, Uploader
from dropbox.files import CommitInfo, DeletedMetadata, FileMetadata, UploadSessionCursor

ANN = "ann.berger@hollenberg.example"


@pytest.fixture(scope="module")
def sample() -> Iterator[Simulator]:
    with start_simulator(team="sample", strict=True) as simulator:
        yield simulator


@pytest.fixture
def session(sample: Simulator, tmp_path: Path) -> Iterator[requests.Session]:
    certificate = tmp_path / "ca.pem"
    certificate.write_bytes(sample.ca_pem)
    with requests.Session() as opened:
        opened.trust_env = False
        opened.verify = str(certificate)
        opened.proxies = {"https": f"http://127.0.0.1:{sample.proxy_port}"}
        yield opened


@pytest.fixture
def team(sample: Simulator, session: requests.Session) -> Any:
    return dropbox.DropboxTeam(sample.control.mint_token().access_token, session=session)


@pytest.fixture
def ann(sample: Simulator, session: requests.Session) -> Any:
    token = sample.control.mint_token("member", member=ANN).access_token
    return dropbox.Dropbox(token, session=session)


def list_all(client: Any, path: str = "", **options: Any) -> dict[str, Any]:
    """A recursive listing, applied by the documented rules."""
    page = client.files_list_folder(path, recursive=True, **options)
    entries = list(page.entries)
    while page.has_more:
        page = client.files_list_folder_continue(page.cursor)
        entries += page.entries
    found: dict[str, Any] = {}
    for entry in entries:
        if isinstance(entry, DeletedMetadata):
            below = entry.path_lower + "/"
            for gone in [p for p in found if p == entry.path_lower or p.startswith(below)]:
                del found[gone]
        else:
            found[entry.path_lower] = entry
    return found


def admin_of(team: Any) -> str:
    members = team.team_members_list_v2().members
    return next(str(one.profile.team_member_id) for one in members if one.profile.email == ANN)


def _who_left(team: Any) -> list[Any]:
    """Members whose homes stay closed to the admin: removed, or never joined."""
    members = team.team_members_list_v2(include_removed=True).members
    return [
        one for one in members if one.profile.status.is_removed() or one.profile.status.is_invited()
    ]


@pytest.mark.parametrize("nasty", [False, True])
def test_every_namespace_lists_what_is_there(sample: Simulator, team: Any, nasty: bool) -> None:
    sample.control.set_knobs(nasty_pages=nasty)
    admin = team.as_admin(admin_of(team))
    spaces = team.team_namespaces_list().namespaces
    left = {one.profile.member_folder_id for one in _who_left(team)}
    files = 0
    for space in spaces:
        if space.namespace_type.is_team_member_root() or space.namespace_id in left:
            continue
        root = PathRoot.namespace_id(space.namespace_id)
        client = admin.with_path_root(root)
        listed = list_all(client, include_mounted_folders=False, limit=300)
        truth = {one["path_lower"]: one for one in sample.control.truth(space.namespace_id)}
        assert set(listed) == set(truth)
        for path, entry in listed.items():
            if isinstance(entry, FileMetadata):
                files += 1
                expected = (truth[path]["content_hash"], truth[path]["rev"], truth[path]["id"])
                assert (entry.content_hash, entry.rev, entry.id) == expected
    sample.control.set_knobs(nasty_pages=False)
    assert files > 2500


def test_a_suspended_members_home_is_read_by_the_admin(team: Any) -> None:
    members = team.team_members_list_v2().members
    farid = next(one.profile for one in members if one.profile.status.is_suspended())
    listed = list_all(team.as_admin(admin_of(team)), f"ns:{farid.member_folder_id}")
    assert len(listed) > 200
    with pytest.raises(dropbox.exceptions.AuthError, match="user_suspended"):
        team.as_user(farid.team_member_id).files_list_folder("")


def test_the_downloader_of_the_sdk(ann: Any) -> None:
    data = os.urandom(9_000_000)
    digest = ann.files_upload(data, "/transfer/there.bin").content_hash
    for parallel in (0, 3):
        target = BytesTarget()
        options = DownloadOptions(parallel_downloads=parallel)
        result = Downloader(ann).download("/transfer/there.bin", target, options)
        assert target.bytes() == data
        assert result.metadata.content_hash == digest


def test_the_uploader_of_the_sdk(ann: Any) -> None:
    data = os.urandom(20_000_000)
    result = Uploader(ann).upload(BytesSource(data), CommitInfo("/transfer/up.bin"))
    assert result.metadata.size == len(data)
    assert result.metadata.content_hash == dropbox_hash(data)


def test_an_upload_session_by_hand(ann: Any) -> None:
    data = os.urandom(5_000_000)
    started = ann.files_upload_session_start(data[:3_000_000])
    cursor = UploadSessionCursor(started.session_id, 3_000_000)
    written = ann.files_upload_session_finish(
        data[3_000_000:], cursor, CommitInfo("/transfer/session.bin")
    )
    assert written.content_hash == dropbox_hash(data)


def test_longpoll_wakes_up(sample: Simulator, ann: Any) -> None:
    cursor = ann.files_list_folder_get_latest_cursor("", recursive=True).cursor
    edit = {"op": "put", "member": ANN, "path": "/woken.txt", "text": "x"}
    timer = threading.Timer(0.3, sample.control.edit, args=(edit,))
    timer.start()
    assert ann.files_list_folder_longpoll(cursor, timeout=30).changes
    timer.join()
    names = [entry.name for entry in ann.files_list_folder_continue(cursor).entries]
    assert names == ["woken.txt"]


def test_tokens_are_refreshed(sample: Simulator, session: requests.Session) -> None:
    minted = sample.control.mint_token("member", member=ANN)
    client = dropbox.Dropbox(
        minted.access_token,
        oauth2_refresh_token=minted.refresh_token,
        app_key=minted.app_key,
        session=session,
    )
    client.users_get_current_account()
    sample.control.edit({"op": "expire_tokens"})
    assert client.users_get_current_account().email == ANN


def test_revisions_go_back_for_months(ann: Any) -> None:
    histories = [
        ann.files_list_revisions(path, limit=100).entries
        for path, entry in list(list_all(ann, "/Confidential/Salaries").items())[:60]
        if isinstance(entry, FileMetadata)
    ]
    longest = max(histories, key=len)
    assert len(longest) >= 3
    assert (longest[0].server_modified - longest[-1].server_modified).days > 10
    _, response = ann.files_download(f"rev:{longest[-1].rev}")
    with response:
        assert dropbox_hash(response.content) == longest[-1].content_hash


def dropbox_hash(data: bytes) -> str:
    blocks = (data[at : at + 4 * 2**20] for at in range(0, len(data), 4 * 2**20))
    return hashlib.sha256(b"".join(hashlib.sha256(block).digest() for block in blocks)).hexdigest()


def test_cloud_documents_are_exported(ann: Any) -> None:
    for path, format_name, start in (
        ("/Paper/Meeting notes 1.paper", "markdown", b"#"),
        ("/Paper/Meeting notes 2.paper", "html", b"<"),
        ("/Google/Plan.gdoc", None, b"PK"),
        ("/Google/Figures.gsheet", None, b"PK"),
        ("/Google/Kick-off.gslides", None, b"PK"),
    ):
        result, response = ann.files_export(path, export_format=format_name)
        with response:
            body = response.content
        assert body.startswith(start)
        assert len(body) == result.export_metadata.size
        assert dropbox_hash(body) == result.export_metadata.export_hash
