"""What stands before every route: who is asking, by key or session, and whether a form is one of our own pages."""
