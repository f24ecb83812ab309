"""The demo: a simulated team with three months of history, and an appliance that lived through them."""
