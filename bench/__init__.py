"""Benchmarks that print a figure, and a ratio where there is a peer."""
