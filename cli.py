"""Run from a checkout: `python cli.py status`. Not part of the installed package."""

from incident.cli import main

if __name__ == "__main__":
    main()
