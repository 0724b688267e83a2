"""``python -m movement_lab`` is the command line."""

from movement_lab.cli import main

main()
