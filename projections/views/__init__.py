"""What is kept of the fold in databases, and who keeps it up."""
