"""Badges by a person's decision: given, proposed, suspended, and those that lost their ground."""
