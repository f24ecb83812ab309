"""The remote control of the simulator: edits, truth, faults, clock, tokens, counters.

The same functions serve the HTTP pages under `/_sim/` and the Python object
`Simulator.control`. Nothing here exists at Dropbox.
"""
