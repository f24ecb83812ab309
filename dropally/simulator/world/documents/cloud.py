"""What a cloud document holds in itself: Paper pages and Google documents have no file bytes.

Dropbox stores a pointer and makes the real document when it is exported; the pointers here look
like the shortcut files that Dropbox and Google Drive leave on a disk.
"""

import json

from dropally.simulator.world.prose import Prose


def make_paper_page(prose: Prose) -> str:
    """The Markdown source of a Paper page, from which its exports are made."""
    tasks = "\n".join(f"- [ ] {prose.sentence()}" for _ in range(4))
    return f"# {prose.title()}\n\n{prose.paragraph()}\n\n## To do\n\n{tasks}\n"


def make_google_pointer(prose: Prose, kind: str) -> bytes:
    """The pointer to a Google document; `kind` is `document`, `spreadsheets` or `presentation`."""
    document_id = f"1{prose.random.getrandbits(200):050x}"
    address = f"https://docs.google.com/{kind}/d/{document_id}/edit"
    pointer = {"url": address, "doc_id": document_id, "email": "office@example.com"}
    return json.dumps(pointer).encode()
