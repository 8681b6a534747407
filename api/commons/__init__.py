"""What a community has in common, as pages: who holds which role, works to use, sessions, the charter in words."""
