"""Who leads, who is next, what each carries, and who guides whom."""
