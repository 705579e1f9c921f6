"""The first wing: which articles make an issue, in what order, and why the others do not."""
