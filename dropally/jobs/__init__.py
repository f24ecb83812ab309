"""The work itself: picklable work units on plain data, and what they are given to report with."""
