"""What goes wrong on purpose, how often the team is told to slow down, and what was counted."""
