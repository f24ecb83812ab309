"""`python -m dropally` and the `dropally` command."""

from dropally.cli.main import main

if __name__ == "__main__":
    main()
