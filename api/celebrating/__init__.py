"""Celebration and care: who and what is celebrated, on pages, in a feed, and sent where somebody asked for it."""
