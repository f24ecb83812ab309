"""Texts for strangers: what names people and their files is taken out, the rest stays readable."""

import re

# The order matters: an address within quotes is part of what is quoted.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"dpy_[A-Za-z0-9_-]+"), "<token>"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]+"), r"\1 <token>"),
    (
        re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d|\u2018[^\u2019\n]*\u2019"),
        "<name>",
    ),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<address>"),
    (re.compile(r"\b(?:[A-Z0-9]{5}-){3,}[A-Z0-9]{5}\b", re.IGNORECASE), "<code>"),
    (re.compile(r"(?<![\w:/<])/(?!/)\S.*"), "<path>"),
    (re.compile(r"\b[A-Za-z0-9_+/-]{40,}={0,2}(?![\w-])"), "<long>"),
)


def redact(text: str) -> str:
    """The text without quoted names, addresses, paths (to the line's end), tokens and codes."""
    lines = []
    for line in text.splitlines():
        shown = line
        for pattern, replacement in _RULES:
            shown = pattern.sub(replacement, shown)
        lines.append(shown)
    return "\n".join(lines)
