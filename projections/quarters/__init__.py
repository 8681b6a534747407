"""What happened in a stretch of time, a quarter, by what was known at an instant: what a review tells."""
