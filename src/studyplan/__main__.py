"""Run the command line with ``python -m studyplan``."""

import sys

from studyplan.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
