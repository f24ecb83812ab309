"""Names and paths: guesses for what people type (stored keys are always the server's own)."""

import unicodedata

_EXTENSIONS = {"markdown": "md", "plain_text": "txt"}


def likely_lower(text: str) -> str:
    """What Dropbox most likely lower-cases a path to. Only a guess: old rules, old Unicode."""
    return unicodedata.normalize("NFC", text).lower()


def same_name(one: str, other: str) -> bool:
    """True if people would take two names for one: case and normal form make no difference."""
    return _folded(one) == _folded(other)


def exported_name(name: str, export_format: str) -> str:
    """The name of a cloud document that was exported to a format."""
    extension = _EXTENSIONS.get(export_format, export_format)
    return name if name.lower().endswith(f".{extension}") else f"{name}.{extension}"


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
