"""Run the command line with ``python -m studyplan``."""

import sys

from studyplan.cli import main

if __name__ == "__main__":
    sys.exit(main())
