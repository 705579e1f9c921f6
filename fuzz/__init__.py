"""Search for inputs that crash the program with a foreign exception, or cost too much time or memory.

    python -m fuzz --seconds 600        all targets, a share of the time each
    python -m fuzz --target articles    one of them

`targets` lists what is tried and with which seeds, `grammar` makes inputs, `attempt` decides what is a finding,
`worker` runs one target in a process of its own, `__main__` runs the workers. An input is a file: what is found is kept
in tests/fuzz_cases/TARGET/, and the tests try each of these files again.
"""
