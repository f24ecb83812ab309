"""Telling people: mails from the outbox, their texts and their transports."""
