"""Verifying a badge for whoever asks: judging it, the ruling in words, what it rests on, and the page."""
