"""Names as people look for them: "mull" finds "Müller"."""

import unicodedata

# Letters that Unicode does not take apart into a plain letter and a mark.
_PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ħ": "h",
    }
)


def fold(text: str) -> str:
    """A key for comparing and finding names whatever their case, accents and spaces at the ends."""
    taken_apart = unicodedata.normalize("NFKD", text.strip().casefold())
    letters = (letter for letter in taken_apart if not unicodedata.combining(letter))
    return "".join(letters).casefold().translate(_PLAIN)
