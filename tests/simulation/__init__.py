"""Years of regular runs with faults drawn by a seed, and a ledger that says what became of every article."""
