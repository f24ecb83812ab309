"""Telling people: letters, the outbox they are put into, and the mail server that takes them."""
