"""Who is calling: apps, grants, tokens, scopes, the consent page, and the select headers."""
