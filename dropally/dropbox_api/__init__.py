"""dropbox_api."""
