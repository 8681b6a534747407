"""A community's measures, as JSON and as pages."""
