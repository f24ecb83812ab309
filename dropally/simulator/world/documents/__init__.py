"""Makers of real documents: files that an office, a mail program or a browser opens.

Each maker takes a seed and returns bytes; the same seed gives the same bytes on every run.
"""
