"""How the community does by its own targets: measures as answers and as pages with plots, and the quarterly review."""
