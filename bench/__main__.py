"""`python -m bench` runs every benchmark in turn; what follows is handed on: `python -m bench --json`.

Gives 1 when one of them missed its target.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run each script in a process of its own."""
    scripts = sorted(path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("_"))
    codes = [
        subprocess.run([sys.executable, script, *sys.argv[1:]], check=False).returncode for script in scripts
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
