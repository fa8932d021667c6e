"""The command line as people meet it: what it prints, what it refuses, how it ends."""
