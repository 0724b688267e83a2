"""How new assessments begin unless something else is said, and how long recordings are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from movement_lab.errors import UsageError
from movement_lab.recording import DEFAULT_MODEL
from movement_lab.storage import Setting, Store
from movement_lab.workspace.asked import MODELS, Asked, read_asked

_KEY: Final = "defaults"
#: Longest time that can be promised, in days.
MOST_DAYS: Final = 3650


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for new assessments.

    ``keep_days``: how long recordings and pictures are kept; None for ever, 0 not at all (body points and
    results stay); ``blur_face``: cover faces, and the whole picture where none is found; ``model``: the
    pose model.
    """

    keep_days: int | None = None
    blur_face: bool = False
    model: str = DEFAULT_MODEL

    def __post_init__(self) -> None:
        """Refuse what makes no sense, in words for a person."""
        if self.keep_days is not None and not 0 <= self.keep_days <= MOST_DAYS:
            raise UsageError(
                f"Recordings can be kept for 0 to {MOST_DAYS} days, or for ever. Choose one of these."
            )
        if self.model not in MODELS:
            raise UsageError(f"There is no model “{self.model}”. Choose one of {', '.join(MODELS)}.")

    @property
    def keep_video(self) -> bool:
        """Say whether a recording stays after its assessment."""
        return self.keep_days != 0

    @property
    def asked(self) -> dict[str, Any]:
        """Return the same as what is declared with a recording."""
        return {"model": self.model, "blur_face": self.blur_face, "keep_video": self.keep_video}


def load_defaults(store: Store) -> Defaults:
    """Return what was chosen."""
    with store.session() as session:
        row = session.get(Setting, _KEY)
        chosen = dict(row.value) if row else {}
    known = {name: value for name, value in chosen.items() if name in Defaults.__dataclass_fields__}
    return Defaults(**known)


def save_defaults(store: Store, defaults: Defaults) -> None:
    """Keep what was chosen."""
    with store.session() as session:
        session.merge(Setting(key=_KEY, value=asdict(defaults)))


def asked_over_defaults(store: Store, given: Mapping[str, Any] | None) -> Asked:
    """Return what was declared with a recording; what wasn't is as chosen under Settings."""
    return read_asked({**load_defaults(store).asked, **(given or {})})
