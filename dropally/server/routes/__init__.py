"""One module a resource of the API; each offers its handlers to `server.application`."""
