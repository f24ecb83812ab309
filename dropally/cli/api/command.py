"""Commands described as data: which operation they ask for, with what, and what they show.

Most commands only pass words to the API and print what comes back. They are rows of tables, which
`signatures.function_of` turns into functions that the command line takes like any other.
"""

import keyword
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dropally.cli.api.cells import Column
from dropally.cli.api.names import Meaning

Place = Literal["path", "query", "body", "here"]


@dataclass(frozen=True)
class Word:
    """One thing that is typed: an argument, or with `flag` an option.

    `name` is the API's name of it; in bodies a dot leads into an object. The place `here` is not
    sent. `means`: what is typed may be a name, which is looked up; with `or_only`, nothing typed
    means the only one there is. `many`: may be repeated; `commas`: sent as one text. A bool with
    the default None is a pair of flags, --x and --no-x.
    """

    name: str
    help: str
    place: Place = "query"
    kind: type = str
    flag: str = ""
    means: Meaning | None = None
    or_only: bool = False
    many: bool = False
    commas: bool = False
    default: Any = None

    @property
    def parameter(self) -> str:
        """As a function's parameter."""
        plain = self.name.replace(".", "_").replace("-", "_")
        return f"{plain}_" if keyword.iskeyword(plain) else plain

    @property
    def metavar(self) -> str:
        """As help shows an argument."""
        if self.means is not None:
            return self.means.rpartition(" ")[2].upper()
        return self.name.rpartition(".")[2].removesuffix("_id").upper()

    @property
    def is_optional(self) -> bool:
        """True if it may be left out."""
        return bool(self.flag) or self.default is not None


@dataclass(frozen=True)
class ApiCommand:
    """One command: ask for `operation`, which is `method` `path`.

    words: what is typed. needs: at least one of these words has to be typed.
    columns: of the table that shows a list; `items` is the field of the answer that holds the rows
    ("." for the answer itself), "" if the list has pages. empty: said instead of no rows.
    leftovers: a field with what was not done, each with `name` and `reason`.
    done: said of any other answer, with its fields in braces; left out, the fields are listed.
    confirm: asked first, unless --yes is given. fixed: always sent in the body.
    changes: the operation wants to know what was read before (ETag). merges: objects in the body
    that the API replaces whole, so that what is left out is sent as it was.
    starts: it starts a job, which --wait follows to its end. settles: a field of what was made that
    is null until the work begun with it is done, for which --wait waits. writes: it answers with bytes.
    takes_hyphens: a word of it is made by others and may begin with a hyphen.
    """

    group: str
    name: str
    operation: str
    method: str
    path: str
    help: str
    words: tuple[Word, ...] = ()
    columns: tuple[Column, ...] = ()
    empty: str = ""
    done: str = ""
    leftovers: str = ""
    confirm: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    takes_hyphens: bool = False
    changes: bool = False
    merges: tuple[str, ...] = ()
    starts: bool = False
    settles: str = ""
    items: str = ""
    writes: bool = False

    @property
    def has_pages(self) -> bool:
        """True if it shows the pages of a list."""
        return self.method == "GET" and bool(self.columns) and not self.items

    @property
    def sends_body(self) -> bool:
        """True if the operation takes JSON."""
        return bool(self.fixed) or any(word.place == "body" for word in self.words)
