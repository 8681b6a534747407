"""Charters: read, checked, advised upon, told apart; and the rule language as values."""
