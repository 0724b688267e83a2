"""What can go wrong, as a tree.

::

    MovementLabError            exit code 1
    ├── UsageError              2   an option or a file name makes no sense
    ├── VideoError              3   the video can't be read
    ├── NobodyError             4   nobody in the picture who could be assessed
    ├── ModelError              5   a pose model is missing or damaged
    └── KnowledgeError          1   a table of measures, limits or wording is inconsistent

Every message says what happened, what was needed and what to try, in one sentence each.
"""


class MovementLabError(Exception):
    """Anything movement_lab reports to a person; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class UsageError(MovementLabError):
    """An option or a file name makes no sense."""

    exit_code = 2


class VideoError(MovementLabError):
    """The video can't be read."""

    exit_code = 3


class NobodyError(MovementLabError):
    """Nobody in the picture who could be assessed."""

    exit_code = 4


class ModelError(MovementLabError):
    """A pose model is missing or damaged."""

    exit_code = 5


class KnowledgeError(MovementLabError):
    """A table of measures, limits or wording is inconsistent."""
