"""The appliance's own safety: self-backups, recovery of itself, storages, support bundles."""
