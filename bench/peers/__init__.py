"""The store beside restic and borg, step by step, on the same data and machine."""
