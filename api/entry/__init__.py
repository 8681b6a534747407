"""Getting in: sign-in links, OpenID Connect, who is signed in and where, and what an operator sees."""
