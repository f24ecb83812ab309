"""Composition: from the configuration to opened parts, for single commands and for the server."""
