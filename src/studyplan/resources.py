"""Where templates/, migrations/ and seed/ are: beside this module in a wheel, else two folders up in a checkout."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def path(name: str) -> Path:
    """Return the folder of the bundled resource `name`; FileNotFoundError when the installation lacks it."""
    for candidate in (_HERE / "_bundled" / name, _HERE.parents[1] / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"The folder {name}/ is missing from this installation. Install Studyplan again.")
