"""Ring 0: what a plan is, what stands, what follows from an event. No I/O, no clock, no randomness, no log."""
