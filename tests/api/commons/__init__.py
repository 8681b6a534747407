"""What a community has in common, through the doors."""
