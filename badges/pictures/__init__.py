"""What a badge looks like, and credentials inside pictures."""
