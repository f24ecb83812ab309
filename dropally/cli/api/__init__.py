"""Commands that ask the API: of a server somewhere, of the one on this machine, or in process."""
