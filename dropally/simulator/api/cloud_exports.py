"""The bytes that a cloud document becomes when it is exported.

Paper pages are rendered from their Markdown; for a Google document, whose words only Google has, a
document is made up from its content hash, the same on every export.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dropally.simulator.errors import RouteError
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.paper import render_page
from dropally.simulator.state.world import World
from dropally.simulator.world.documents.office import make_docx, make_xlsx
from dropally.simulator.world.documents.pdf import make_pdf
from dropally.simulator.world.documents.slides import make_pptx
from dropally.simulator.world.prose import Prose

_PAGE_SUFFIXES: Final = {"markdown": "md", "html": "html", "plain_text": "txt"}
_MAKERS: Final[dict[str, Callable[[Prose], bytes]]] = {
    "docx": make_docx,
    "xlsx": make_xlsx,
    "pptx": make_pptx,
    "pdf": make_pdf,
}


@dataclass(frozen=True, slots=True)
class Exported:
    """An exported document."""

    name: str
    data: bytes
    paper_revision: int | None
    """Only Paper pages count their revisions."""


def export_document(world: World, entry: Entry, export_format: str | None) -> Exported:
    """Export a cloud document, in its default format when none is named.

    Raises RouteError: `non_exportable`, `invalid_export_format`.
    """
    document = entry.document
    if document is None:
        raise RouteError.of("non_exportable")
    chosen = export_format or document.export_as
    if chosen not in (document.export_as, *document.export_options):
        raise RouteError.of("invalid_export_format")
    stem = entry.name.rpartition(".")[0] or entry.name
    if chosen in _PAGE_SUFFIXES:
        source = world.contents.open(entry)
        page = render_page(bytes(source.read(0, source.size)), chosen, stem)
        return Exported(f"{stem}.{_PAGE_SUFFIXES[chosen]}", page, document.paper_revision)
    made = _MAKERS[chosen](Prose("sales", entry.content_hash))
    return Exported(f"{stem}.{chosen}", made, None)
