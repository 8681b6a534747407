"""Rings and farming, with their evidence, and what a person decides about them."""
