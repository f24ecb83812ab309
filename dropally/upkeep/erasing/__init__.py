"""Erasing items from all backups because the law asks for it, with a certificate."""
