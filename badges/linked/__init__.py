"""Linked data: JSON-LD read strictly, and in one canonical form."""
