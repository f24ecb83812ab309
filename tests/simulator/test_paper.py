"""Paper pages and Google documents: made, changed, and exported."""

import io
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from dropally.simulator.api.cloud_exports import Exported
from dropally.simulator.content_hash import content_hash
from dropally.simulator.state import edits
from dropally.simulator.state.edits import FileContent
from dropally.simulator.state.entry import CloudDocument, Entry
from dropally.simulator.state.paper import PaperContentError, render_page, to_markdown
from dropally.simulator.state.world import World
from dropbox import exceptions, files
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulator.office import Office, open_office

MARKDOWN = b"# Notes\n\nSee **this** [page](https://a.example/x).\n\n- one\n- *two*\n"


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with open_office() as opened:
        yield opened


def exported(office: Office, item_id: str, export_format: str | None = None) -> Exported:
    """Export what has this id; its name, bytes and revision, after checking size and hash."""
    client = office.acting_as(office.people.ann)
    result, response = client.files_export(item_id, export_format)
    told = result.export_metadata
    assert told.size == len(response.content)
    assert told.export_hash == content_hash(response.content)
    return Exported(told.name, response.content, told.paper_revision)


def test_f33_paper_page_is_made_listed_and_exported(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    made = ann.files_paper_create(MARKDOWN, "/Notes.paper", files.ImportFormat.markdown)
    assert (made.result_path, made.paper_revision) == ("/Notes.paper", 1)
    entry = ann.files_get_metadata("/Notes.paper")
    assert not entry.is_downloadable
    assert entry.export_info.export_as == "markdown"
    page = exported(office, made.file_id)
    assert (page.name, page.data, page.paper_revision) == ("Notes.md", MARKDOWN, 1)
    as_html = exported(office, made.file_id, "html").data.decode()
    assert "<h1>Notes</h1>" in as_html
    assert '<strong>this</strong> <a href="https://a.example/x">page</a>' in as_html
    as_text = exported(office, made.file_id, "plain_text").data.decode()
    assert "See this page." in as_text


def test_paper_names_are_never_overwritten(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    paths = [
        ann.files_paper_create(b"same", "/Twice.paper", files.ImportFormat.plain_text).result_path
        for _ in range(2)
    ]
    assert paths[0] == "/Twice.paper"
    assert len(set(paths)) == 2


def test_paper_page_is_updated_only_from_its_newest_revision(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    made = ann.files_paper_create(b"one\n", "/Log.paper", files.ImportFormat.markdown)
    markdown, policy = files.ImportFormat.markdown, files.PaperDocUpdatePolicy
    ann.files_paper_update(b"two\n", "/Log.paper", markdown, policy.append)
    assert exported(office, made.file_id).data == b"one\n\ntwo\n"
    ann.files_paper_update(b"zero\n", "/Log.paper", markdown, policy.prepend)
    newest = ann.files_paper_update(
        b"new\n", "/Log.paper", markdown, policy.update, paper_revision=3
    )
    assert newest.paper_revision == 4
    assert exported(office, made.file_id).data == b"new\n"
    with pytest.raises(exceptions.ApiError) as refused:
        ann.files_paper_update(b"x", "/Log.paper", markdown, policy.update, paper_revision=3)
    assert refused.value.error.is_revision_mismatch()
    ann.files_upload(b"x", "/plain.txt")
    with pytest.raises(exceptions.ApiError) as refused:
        ann.files_paper_update(b"x", "/plain.txt", markdown, policy.overwrite)
    assert refused.value.error.get_path().is_not_file()


@pytest.mark.parametrize(
    ("path", "data", "tag"),
    [
        ("/Notes.txt", b"x", "invalid_file_extension"),
        ("/bad\\name.paper", b"x", "invalid_path"),
        ("/Latin.paper", b"\xff", "content_malformed"),
        ("/Long.paper", b"x" * (1024 * 1024 + 1), "doc_length_exceeded"),
    ],
)
def test_pages_that_cannot_be_made(office: Office, path: str, data: bytes, tag: str) -> None:
    with pytest.raises(exceptions.ApiError) as refused:
        office.acting_as(office.people.ann).files_paper_create(
            data, path, files.ImportFormat.markdown
        )
    assert refused.value.error._tag == tag


def google_document(world: World, owner_home: str, export_as: str) -> Entry:
    """A pointer to a Google document."""
    pointer = b'{"doc_id": "%s"}' % export_as.encode()
    content = FileContent(
        size=len(pointer),
        content_hash=world.contents.add(pointer),
        document=CloudDocument(export_as, (export_as, "pdf")),
    )
    return edits.put_file(world, owner_home, f"/Google/file.{export_as}.gdoc", content)


@pytest.mark.parametrize("export_as", ["docx", "xlsx", "pptx"])
def test_google_documents_export_as_office_files(office: Office, export_as: str) -> None:
    home = office.people.ann.home_namespace
    entry = office.simulator.run(lambda world: google_document(world, home, export_as))
    made = exported(office, entry.id)
    assert made.name == f"file.{export_as}.{export_as}"
    assert made.data == exported(office, entry.id).data
    with zipfile.ZipFile(io.BytesIO(made.data)) as package:
        assert package.testzip() is None
        for part in package.namelist():
            ElementTree.fromstring(package.read(part))
    assert exported(office, entry.id, "pdf").data.startswith(b"%PDF")
    with pytest.raises(exceptions.ApiError) as refused:
        exported(office, entry.id, "markdown")
    assert refused.value.error.is_invalid_export_format()


def test_plain_file_is_not_exportable(office: Office) -> None:
    item = office.acting_as(office.people.ann).files_upload(b"x", "/x.txt").id
    with pytest.raises(exceptions.ApiError) as refused:
        exported(office, item)
    assert refused.value.error.is_non_exportable()


def test_restricted_page_cannot_be_exported(office: Office) -> None:
    ann = office.acting_as(office.people.ann)
    ann.files_paper_create(b"forbidden words", "/Bad.paper", files.ImportFormat.plain_text)
    digest = ann.files_get_metadata("/Bad.paper").content_hash
    office.simulator.control.edit({"op": "restrict", "content_hash": digest})
    with pytest.raises(exceptions.ApiError) as refused:
        ann.files_export("/Bad.paper")
    assert refused.value.error.get_path().is_restricted_content()


WORDS = st.text("abcdefghij ÄÖü", min_size=1).map(lambda text: " ".join(text.split())).filter(bool)
BLOCKS = st.one_of(
    st.builds(lambda level, text: f"{'#' * level} {text}", st.integers(1, 6), WORDS),
    WORDS,
    WORDS.map(lambda text: f"**{text}**"),
    st.lists(WORDS, min_size=1, max_size=4).map(lambda rows: "\n".join(f"- {row}" for row in rows)),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(BLOCKS, min_size=1, max_size=6))
def test_page_survives_the_way_through_html(blocks: list[str]) -> None:
    spaced = [block for pair in zip(blocks, [""] * len(blocks), strict=True) for block in pair]
    markdown = ("\n".join(spaced).strip() + "\n").encode()
    as_html = render_page(markdown, "html", "Title")
    again = render_page(to_markdown(as_html, "html"), "html", "Title")
    assert again == as_html


def test_page_must_be_utf8() -> None:
    with pytest.raises(PaperContentError):
        to_markdown(b"\xff", "html")
