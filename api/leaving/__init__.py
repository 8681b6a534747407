"""Leaving: what a member takes along, and how she is forgotten."""
