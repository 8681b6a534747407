"""Rings and farming in the endorsement graph: found, told in words, left to a person to decide."""
