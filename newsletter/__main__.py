"""Run the command line with ``python -m newsletter``, like the installed command."""

from newsletter.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
