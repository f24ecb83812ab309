"""Heal what verify found damaged."""
