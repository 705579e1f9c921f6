"""The command line: one module per command; only this package uses click, the terminal and the clock."""
