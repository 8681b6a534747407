"""Whether a credential holds, step by step."""
