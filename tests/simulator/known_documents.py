"""Each document of the sample team is made once in a process, however many tests begin with that team.

Making them is nearly all of the second and a half that the team takes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dropally.simulator.world.sample_documents import Draft

_make = Draft.content
_made: dict[tuple[Draft, int], bytes] = {}


def _content(draft: Draft, revision: int) -> bytes:
    known = _made.get((draft, revision))
    if known is None:
        known = _made[draft, revision] = _make(draft, revision)
    return known


def remember_documents() -> None:
    """From now on."""
    Draft.content = _content  # type: ignore[assignment]  # takes its self as any other


@contextmanager
def made_anew() -> Iterator[None]:
    """Within the block each document is made as if it were the first time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Draft, "content", _make)
        yield
