"""Compose an outline and its articles into a message that mail programs show well."""
