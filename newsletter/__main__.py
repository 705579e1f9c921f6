"""Let ``python -m newsletter`` and the installed command do the same."""

from newsletter.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
