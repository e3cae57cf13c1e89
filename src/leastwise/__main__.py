"""`python -m leastwise`."""

from leastwise.surfaces.cli.main import run

if __name__ == "__main__":
    run()
