"""Who leads, who is next, who is asked to, and recording that somebody takes a role."""
