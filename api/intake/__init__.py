"""What platforms report: one event, a batch, or a stream without end, and a row for what became of each."""
