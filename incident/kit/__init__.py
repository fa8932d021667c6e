"""What goes into an evidence kit as it is: `verify.py`, a script that the program never imports."""
