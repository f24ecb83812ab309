"""files/download_zip: folders as ZIP files, within Dropbox's limits."""

import io
import zipfile

import pytest
from dropally.simulator.api import files_zip
from dropbox import exceptions
from tests.simulator.office import open_office


def test_folder_comes_as_a_zip_of_what_can_be_downloaded() -> None:
    with open_office() as office:
        ann = office.acting_as(office.people.ann)
        ann.files_upload(b"one", "/Plans/2026/a.txt")
        ann.files_upload(b"two", "/Plans/b.txt")
        ann.files_create_folder_v2("/Plans/Empty")
        ann.sharing_share_folder("/Plans")
        result, response = ann.files_download_zip("/plans")
        assert result.metadata.name == "Plans"
        with zipfile.ZipFile(io.BytesIO(response.content)) as package:
            assert package.testzip() is None
            assert {name: package.read(name) for name in package.namelist()} == {
                "Plans/": b"",
                "Plans/2026/": b"",
                "Plans/2026/a.txt": b"one",
                "Plans/b.txt": b"two",
                "Plans/Empty/": b"",
            }


def test_limits_and_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_office() as office:
        ann = office.acting_as(office.people.ann)
        ann.files_upload(b"12345", "/Plans/a.txt")
        with pytest.raises(exceptions.ApiError) as refused:
            ann.files_download_zip("/Plans/a.txt")
        assert refused.value.error.get_path().is_not_folder()
        monkeypatch.setattr(files_zip, "_MAX_BYTES", 4)
        with pytest.raises(exceptions.ApiError) as refused:
            ann.files_download_zip("/Plans")
        assert refused.value.error.is_too_large()
        monkeypatch.setattr(files_zip, "_MAX_ENTRIES", 1)
        with pytest.raises(exceptions.ApiError) as refused:
            ann.files_download_zip("/Plans")
        assert refused.value.error.is_too_many_files()
