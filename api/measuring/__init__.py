"""How the community does, by its own targets: the measures as answers, as pages with plots, and the quarterly review."""
