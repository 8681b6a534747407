"""What Open Badges 3.0 has a community say, as documents not yet signed."""
