"""Say in one line what a Python lacks for `make`, before `make` trips over it."""

import sys


def fault() -> str | None:
    """The sentence to print, or None when this Python can build the environment."""
    if sys.version_info < (3, 11):  # noqa: UP036
        return f"leastwise needs Python 3.11 or newer; this is {sys.version.split()[0]}: set PYTHON=python3.11"
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return f"this Python has no venv: install it (Debian, Ubuntu: apt-get install python{version}-venv)"
    return None


if __name__ == "__main__":
    sys.exit(fault())
