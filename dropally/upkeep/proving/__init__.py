"""Proving that backups can be restored: verify, repair, drills, replicas, moving to another place."""
