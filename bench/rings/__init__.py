"""Rings and farming planted in honest histories, and how many of them are found. `python -m bench.rings`.

The generator was written, with its seeds, before anything that looks for what it plants.
"""
