"""What platforms do not post: a relay that listens to Discord, and what is asked from time to time."""
