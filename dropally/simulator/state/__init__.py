"""What the simulated Dropbox remembers."""
