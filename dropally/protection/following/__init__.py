"""Following changes: namespaces are asked in turn, and what changed is backed up within minutes."""
