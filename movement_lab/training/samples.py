"""From stored pictures to a table: features, truth, and what each picture shows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.errors import UsageError
from movement_lab.records import Array
from movement_lab.spine.contour import Outlines, stack_outlines, trace
from movement_lab.spine.contour_checks import contour_checks
from movement_lab.spine.features import features
from movement_lab.training.kin import kin_of

Text = NDArray[np.str_]
Mask = NDArray[np.bool_]

#: Arms held so that they cover the back: kept to see that such pictures are withheld, never trained on.
COVERING: Final = ("behind", "hips")
#: The family of pictures that serve as a session's zero.
STANDING: Final = "standing"


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Pictures, N rows: ``x`` (N, F) features, ``y`` (N, 4) true angles against own standing.

    ``usable`` (N,): the edge passed its checks; the rest says what was rendered. Bodies of one ``kin``
    may be mixed with each other, so they are left out together.
    """

    x: Array
    y: Array
    usable: Mask
    body: Text
    kin: Text
    family: Text
    arms: Text
    clothes: Text
    yaw_deg: Array

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.y)

    def where(self, chosen: Mask) -> Samples:
        """Return some of the rows."""
        return Samples(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @property
    def standing(self) -> Mask:
        """Return what shows somebody standing at ease, (N,)."""
        return np.asarray(self.family == STANDING)

    @property
    def fit(self) -> Mask:
        """Return what may be trained on, (N,)."""
        return np.asarray(self.usable & np.isfinite(self.x).all(axis=1))


def load_samples(folder: Path, part: str, *, fine: bool = False, standing: bool = False) -> Samples:
    """Read every stored session of a part: its bent pictures, those of standing only if asked for.

    Parameters
    ----------
    folder
        Where `make_data` wrote.
    part
        ``tuning`` or ``held_out``.
    fine
        Take the edges that were refined in the picture instead of the mask's own.
    standing
        Pictures of standing too.

    Raises
    ------
    UsageError
        If there is none.
    """
    paths = sorted((folder / part).glob("*.npz"))
    tables = [table for path in paths if (table := _session(path, fine)) is not None]
    if not tables:
        raise UsageError(
            f"There is no usable session in {folder / part}. Rendered pictures were needed. "
            "Try `python -m movement_lab.training make` first."
        )
    samples = Samples(*(np.concatenate(column) for column in zip(*tables, strict=True)))
    return samples if standing else samples.where(~samples.standing)


def _session(path: Path, fine: bool) -> tuple[Any, ...] | None:
    """Return the columns of one session; None where its standing can't serve as a zero."""
    with np.load(path) as file:
        stored = {name: file[name] for name in file.files}
    facts = json.loads(str(stored["facts"]))
    view = facts["set"]["camera"]["view"]
    facing = 1 if view == "right" else -1
    xy, xyz = stored["xy"].astype(float), stored["xyz"].astype(float)
    outlines = _outlines(stored, fine)
    usable = np.logical_and.reduce(list(contour_checks(outlines, xy, facing=facing).values()))
    still = stored["family"] == STANDING
    zero = still & usable
    if not zero.any():
        return None
    x = features(xy, xyz, outlines, zero, facing=facing, near=view)
    y = stored["truth"] - stored["truth"][zero].mean(axis=0)
    told = _told(facts, len(y))
    return (x, y, usable, told["body"], told["kin"], stored["family"], stored["arms"], told["clothes"],
            told["yaw_deg"])  # fmt: skip


def _outlines(stored: Mapping[str, Any], fine: bool) -> Outlines:
    traced = [trace(mask / np.float32(255), points) for mask, points in _pairs(stored)]
    outlines = stack_outlines(traced)
    if not fine:
        return outlines
    return Outlines(stored["fine"].astype(float), outlines.broken, outlines.trunk_px)


def _pairs(stored: Mapping[str, Any]) -> Iterator[tuple[Array, Array]]:
    yield from zip(stored["mask"], stored["xy"].astype(float), strict=True)


def _told(facts: Mapping[str, Any], count: int) -> dict[str, NDArray[Any]]:
    body = facts["session"]["body"]
    told = {
        "body": body,
        "kin": kin_of(body),
        "clothes": facts["set"]["outfit"]["clothes"],
        "yaw_deg": abs(facts["set"]["camera"]["yaw_deg"]),
    }
    return {name: np.full(count, value) for name, value in told.items()}


def groups(samples: Samples) -> dict[str, Mask]:
    """Return the groups that figures are given for: clothes, movement, yaw; yaw beyond 25 in none."""
    seen = samples.yaw_deg <= 25
    out = {"all, yaw to 15": samples.yaw_deg <= 15}
    for name, values in (("clothes", samples.clothes), ("movement", samples.family)):
        for value in sorted(set(values.tolist())):
            out[f"{name}: {value}"] = (values == value) & (samples.yaw_deg <= 15)
    out["yaw 15 to 25"] = seen & (samples.yaw_deg > 15)
    return out


def columns(names: Sequence[str], start: str) -> Mask:
    """Return which features' names begin so, (F,)."""
    return np.array([name.startswith(start) for name in names])
