"""The whole way, with teams that are made quickly."""

from tests.simulator.known_documents import remember_documents

remember_documents()
