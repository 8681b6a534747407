"""What a community has in common: works that others can use, sessions, and who holds which office."""
