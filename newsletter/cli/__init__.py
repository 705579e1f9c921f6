"""The front door: one file a command, and the only rooms that know click, the terminal and the clock."""
