"""What the demo consists of."""

from tests.simulator.known_documents import remember_documents

remember_documents()
