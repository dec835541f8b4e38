"""`python -m provd`: the command line."""

from provd.cli import main

if __name__ == "__main__":
    main(prog_name="provd")
