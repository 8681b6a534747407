"""Faults put into a real installation while platforms post to it, and what became of every event.

A scenario returns an `Outcome`: rounds, acknowledged, lost, doubled, seconds to recover, and `complaints`, which
must be empty. The tests of this folder play each one or two rounds of it; `make faults` plays all.
"""
