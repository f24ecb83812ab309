"""Dropally: the backup appliance for Dropbox Business teams."""

__version__ = "0.1.0"
