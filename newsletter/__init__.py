"""Compile an email newsletter from a site's article files, and send it once to each recipient."""

__all__ = ["__version__"]

__version__ = "0.2.0"
