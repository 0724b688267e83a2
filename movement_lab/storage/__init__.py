"""What the workspace remembers: rows in SQLite (SQLAlchemy), files in folders beside it.

The only package that imports SQLAlchemy and Alembic.
"""

from movement_lab.storage.files import AssessmentFolder, DataFolder, NoRoomError
from movement_lab.storage.models import Assessment, Person, Review, Setting, SignIn, SignInTry, Visit
from movement_lab.storage.store import Store, open_store

__all__ = [
    "Assessment",
    "AssessmentFolder",
    "DataFolder",
    "NoRoomError",
    "Person",
    "Review",
    "Setting",
    "SignIn",
    "SignInTry",
    "Store",
    "Visit",
    "open_store",
]
