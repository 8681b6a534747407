"""Proofs and keys: who signed, over what, and whether that holds."""
