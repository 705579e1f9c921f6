"""The composer wing: from an outline and its articles to a message that mail programs show well."""
