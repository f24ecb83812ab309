"""SQLite lives here and nowhere else: staged listings and the outcomes of restores."""
