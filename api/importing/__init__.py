"""Doors for what is in files: tables with a mapping, and the histories of git."""
