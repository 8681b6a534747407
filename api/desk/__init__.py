"""The manager's pages, each a room of its own under one navigation."""
