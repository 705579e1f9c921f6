"""The issue folder ``issues/<id>/``: save it, load it, and tell whether it is still what was composed.

`issue.toml` is for people and may be edited; `build.json` is for machines and names the digests of all the others.
An edited `issue.toml` takes effect with the next compose; until then the issue is not what `build.json` says.
"""
