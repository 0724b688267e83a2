"""Verbs of the command line that are not always needed, one a module: loaded when they are called."""
