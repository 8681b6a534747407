"""What can be done from a shell, a module for each errand."""
