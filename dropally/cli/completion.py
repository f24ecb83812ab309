"""`dropally completion`: scripts that complete commands and options without starting Dropally."""

import sys
from collections import defaultdict
from typing import Annotated, Literal

import typer

from dropally.cli.main import GROUPS
from dropally.cli.tree import CommandNode, command_tree


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="Which shell.")],
) -> None:
    """Print a script that completes commands and options in a shell.

    bash and zsh: eval "$(dropally completion bash)". fish: write it to
    ~/.config/fish/completions/dropally.fish. Make it anew after an upgrade.
    """
    sys.stdout.write(completion_script(shell, command_tree()))


def completion_script(shell: str, nodes: list[CommandNode]) -> str:
    """The script for a shell."""
    if shell == "fish":
        return _fish(nodes)
    return ("autoload -Uz bashcompinit && bashcompinit\n" if shell == "zsh" else "") + _bash(nodes)


def _bash(nodes: list[CommandNode]) -> str:
    """Words by what stands before them; after a command, its options, or else files."""
    cases = "".join(
        f'    "{" ".join(path)}") words="{" ".join(words)}" ;;\n'
        for path, words in sorted(_words(nodes).items())
    )
    return f"""# Completes dropally; printed by `dropally completion`.
_dropally() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" path="" next words="" word
  for word in "${{COMP_WORDS[@]:1:$((COMP_CWORD - 1))}}"; do
    case "$word" in -*) continue ;; esac
    next="${{path:+$path }}$word"
    case "$next" in
{_known(nodes)}      *) break ;;
    esac
  done
  case "$path" in
{cases}  esac
  case "$current" in
    -*) COMPREPLY=( $(compgen -W "$words" -- "$current") ) ;;
    *) COMPREPLY=( $(compgen -W "${{words//--[a-z0-9-]*/}}" -- "$current") ) ;;
  esac
}}
complete -o default -F _dropally dropally
"""


def _known(nodes: list[CommandNode]) -> str:
    paths = {node.path[:length] for node in nodes for length in range(1, len(node.path) + 1)}
    patterns = "|".join(f'"{" ".join(path)}"' for path in sorted(paths))
    return f'      {patterns}) path="$next" ;;\n'


def _words(nodes: list[CommandNode]) -> dict[tuple[str, ...], list[str]]:
    """What may follow: names of commands, and the options of one."""
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for node in nodes:
        for length in range(len(node.path)):
            before, word = node.path[:length], node.path[length]
            if word not in found[before]:
                found[before].append(word)
        found[node.path] += [flag for flags in node.flags for flag in flags if len(flag) > 2]
    return found


def _fish(nodes: list[CommandNode]) -> str:
    lines = ["# Completes dropally; printed by `dropally completion`."]
    told: set[tuple[str, ...]] = set()
    for node in nodes:
        first = node.path[0]
        if first not in {path[0] for path in told}:
            summary = GROUPS.get(first, node.help)
            lines.append(_fish_line("__fish_use_subcommand", f"-f -a {first}", summary))
        told.add(node.path)
        inside = f"__fish_seen_subcommand_from {first}"
        if len(node.path) > 1:
            lines.append(_fish_line(inside, f"-f -a {node.path[1]}", node.help))
            inside += f"; and __fish_seen_subcommand_from {node.path[1]}"
        for flags in node.flags:
            lines += [
                _fish_line(inside, f"-l {flag[2:]}", "") for flag in flags if flag.startswith("--")
            ]
    return "\n".join(lines) + "\n"


def _fish_line(condition: str, what: str, summary: str) -> str:
    told = " -d '" + summary.replace("\\", "\\\\").replace("'", "\\'") + "'" if summary else ""
    return f"complete -c dropally -n '{condition}' {what}{told}"
