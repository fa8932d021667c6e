"""Whatever is fed to the program: only its own errors come out, soon, and in little memory."""
