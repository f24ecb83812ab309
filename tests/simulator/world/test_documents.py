"""The sample documents are what their names say, and the same on every run."""

import csv
import email
import email.policy
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from dropally.simulator.world.documents import plain
from dropally.simulator.world.documents.film import FilmContent
from dropally.simulator.world.documents.office import make_docx, make_xlsx
from dropally.simulator.world.documents.pdf import make_pdf
from dropally.simulator.world.documents.pictures import make_jpeg, make_png
from dropally.simulator.world.prose import TOPICS, Prose
from dropally.simulator.world.streams import BLOCK_SIZE
from PIL import Image

MAKERS: list[Callable[[Prose], bytes]] = [
    make_docx,
    make_xlsx,
    make_pdf,
    make_jpeg,
    make_png,
    plain.make_text,
    plain.make_markdown,
    plain.make_csv,
    plain.make_json,
    plain.make_log,
    plain.make_eml,
]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_same_seed_same_bytes(maker: Callable[[Prose], bytes]) -> None:
    one, again = maker(Prose("legal", "s")), maker(Prose("legal", "s"))
    other = maker(Prose("legal", "t"))
    assert one == again
    assert one != other


@pytest.mark.parametrize("topic", TOPICS)
def test_prose_speaks_of_its_topic(topic: str) -> None:
    text = Prose(topic, "x").paragraph(8)
    assert any(word in text for word in TOPICS[topic])


def parts_of(package: bytes) -> dict[str, ElementTree.Element]:
    """The XML parts of an Office file; fails when the ZIP or any part is broken."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        assert opened.testzip() is None
        return {name: ElementTree.fromstring(opened.read(name)) for name in opened.namelist()}


def test_word_document_opens() -> None:
    parts = parts_of(make_docx(Prose("sales", "d")))
    assert {"[Content_Types].xml", "_rels/.rels"} < parts.keys()
    paragraphs = ["".join(p.itertext()) for p in parts["word/document.xml"][0]]
    assert len(paragraphs) == 7
    assert len(paragraphs[1]) > 100


def test_workbook_opens() -> None:
    parts = parts_of(make_xlsx(Prose("finance", "b"), rows=10))
    assert "xl/workbook.xml" in parts
    rows = list(parts["xl/worksheets/sheet1.xml"][0])
    assert len(rows) == 12
    assert float("".join(rows[1][3].itertext())) > 0
    assert "".join(rows[11].itertext()) == "SUM(D2:D11)"


def test_pdf_says_where_its_objects_are() -> None:
    made = make_pdf(Prose("people", "p"), paragraphs=30)
    assert made.startswith(b"%PDF-")
    table_at = int(made.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    table = made[table_at:].splitlines()
    assert table[0] == b"xref"
    count = int(table[1].split()[1])
    for number in range(1, count):
        offset = int(table[2 + number].split()[0])
        assert made[offset:].startswith(b"%d 0 obj\n" % number)
    assert made.count(b"/Type /Page ") > 1


def test_pdf_holds_its_words() -> None:
    made = make_pdf(Prose("legal", "words"))
    packed = made.split(b"stream\n", 1)[1].split(b"\nendstream", 1)[0]
    text = zlib.decompress(packed).decode("cp1252")
    assert Prose("legal", "words").title() in text
    assert any(word in text for word in TOPICS["legal"])


def test_pictures_open() -> None:
    for made, kind in (
        (make_jpeg(Prose("sales", "1")), "JPEG"),
        (make_png(Prose("sales", "1")), "PNG"),
    ):
        with Image.open(io.BytesIO(made)) as picture:
            picture.load()
            assert picture.format == kind


def test_mail_carries_its_attachment() -> None:
    made = plain.make_eml(Prose("legal", "m"), attachment=b"a note")
    mail = email.message_from_bytes(made, policy=email.policy.default)
    names = [part.get_filename() for part in mail.iter_attachments()]
    assert names == ["note.txt"]
    assert mail["Subject"]


def test_tables_and_records_parse() -> None:
    rows = list(csv.reader(io.StringIO(plain.make_csv(Prose("finance", "c"), rows=5).decode())))
    assert len(rows) == 6
    assert len(json.loads(plain.make_json(Prose("finance", "j"), records=7))) == 7


def test_film_hash_is_that_of_its_bytes() -> None:
    film = FilmContent(b"holiday", 2 * BLOCK_SIZE + 99)
    whole = film.read(0, film.size)
    assert whole[4:8] == b"ftyp"
    assert whole[10:50] == film.read(10, 40)
    assert film.read(20, 30) == whole[20:50]
    blocks = [whole[at : at + BLOCK_SIZE] for at in range(0, film.size, BLOCK_SIZE)]
    digests = b"".join(hashlib.sha256(block).digest() for block in blocks)
    assert film.content_hash == hashlib.sha256(digests).hexdigest()
