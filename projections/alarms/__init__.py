"""What used to come and stopped: sources, kinds of fact, values, metrics, rules."""
