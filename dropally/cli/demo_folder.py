"""The folder of a demo."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dropally.app.direct import make_private_folder


@contextmanager
def demo_folder(folder: Path | None) -> Iterator[Path]:
    """The folder, or one that goes when the demo ends. Raises DeniedError."""
    if folder is not None:
        make_private_folder(folder)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="dropally-demo-") as name:
        yield Path(name)
