"""Who is awarded what, and the signed documents of it."""
