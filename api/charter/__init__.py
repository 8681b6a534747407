"""The charter: reading, publishing and trying one, and the pictures of what it recognises."""
