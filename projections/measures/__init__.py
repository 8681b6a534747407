"""Every measure of a community: what it says in a sentence, and a pure function of what was recorded."""
