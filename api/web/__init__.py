"""What every request and answer has to do with: who may do what, limits, turns, problems, the log, the figures."""
