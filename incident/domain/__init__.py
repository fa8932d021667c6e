"""Ring 0: what a plan is, what stands, what follows from an event. No I/O, clock, chance or log."""
