"""Writes the description of the API without a server: `python -m dropally.server.openapi_file FILE`.

The console's types are made from it (`make web-schema`), and a test says when they are out of date.
"""

import sys
from pathlib import Path

from dropally.server.application import described


def main(arguments: list[str]) -> int:
    """Write the document to the file named; 2 when none is named."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m dropally.server.openapi_file FILE\n")
        return 2
    Path(arguments[0]).write_bytes(described())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
