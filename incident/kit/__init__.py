"""What goes into an evidence kit as it is. `verify.py` is a script for strangers; the program never imports it."""
