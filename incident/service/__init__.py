"""Ring 1: what the program does. Each use is one function with its transaction visible as a block."""
