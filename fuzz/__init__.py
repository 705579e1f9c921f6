"""Look for inputs that end the program with an exception that is not its own, or cost too much time or memory.

    python -m fuzz --seconds 600        all targets, a share of the time each
    python -m fuzz --target articles    one of them

`targets` says what is tried and with which seeds, `grammar` how inputs are made, `attempt` what counts as a finding,
`worker` runs one target in a process of its own, `__main__` runs the workers. An input is a file: what is found is kept
in tests/fuzz_cases/TARGET/, and the tests try each of these files again.
"""
