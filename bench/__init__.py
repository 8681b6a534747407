"""How fast, beside how fast it could be: each benchmark runs ours and its floor in turn, in one run.

`make bench` prints a table and writes `bench/latest.json`. Rates depend on the machine and on its mood;
the ratio of two that took turns travels.
"""
