"""What a community has issued, at its addresses: credentials in every form, endorsements, the log."""
