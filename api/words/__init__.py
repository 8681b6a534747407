"""From what we know to what a person reads: languages, templates, facts in sentences."""
