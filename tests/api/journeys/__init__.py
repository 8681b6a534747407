"""Stories that people would tell, each in a real browser, on a real server with the real ledger."""
