"""The door to others' servers: which may be asked, over which connection, what came of it, and witnesses."""
