"""The list of all commands at the end of docs/commands.md.

`python -m dropally.cli.reference docs/commands.md` writes it there anew.
"""

import sys
from pathlib import Path

from dropally.cli.main import COMMANDS, GROUPS
from dropally.cli.tree import CommandNode, command_tree

BEGIN, END = "<!-- commands: begin -->", "<!-- commands: end -->"
# What the page explains for all commands together.
_COMMON = {"--config", "--json", "--quiet", "--url", "--token", "--trust", "--help"}


def reference(nodes: list[CommandNode]) -> str:
    """The list, as Markdown."""
    lines = [BEGIN, ""]
    for name, summary in GROUPS.items():
        lines += [f"### `dropally {name}`", "", summary, ""]
        lines += ["| command | what it does |", "|---|---|"]
        lines += [_row(node) for node in nodes if node.path[0] == name]
        lines.append("")
    lines += ["### Other commands", "", "| command | what it does |", "|---|---|"]
    lines += [_row(node) for node in nodes if node.path[0] in COMMANDS]
    return "\n".join([*lines, "", END])


def _row(node: CommandNode) -> str:
    own = [flags[0] for flags in node.flags if not _COMMON.intersection(flags)]
    options = "".join(f" [{flag}]" for flag in own)
    words = " ".join([*node.path, *node.arguments])
    return f"| `{words}{options}` | {node.help} |"


def replaced(page: str, listed: str) -> str:
    """The page with this list."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{listed}{after or chr(10)}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(replaced(path.read_text(encoding="utf-8"), reference(command_tree())))
