"""What every room may use: errors, the clock, words and numbers for people."""
