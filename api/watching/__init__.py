"""Whether all is well: alarms of what stopped coming, and what a monitor reads."""
