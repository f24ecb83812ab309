"""The appliance's own safety: its database, keys and settings, sealed into every repository."""
