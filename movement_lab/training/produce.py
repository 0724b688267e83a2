"""From stored pictures to the two files that are shipped: weights and their card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.spine.contour_model import load_model, save_model
from movement_lab.training.card import write_card
from movement_lab.training.figures import Figure, factor_to_hold_80, figures, judged
from movement_lab.training.samples import Samples, load_samples
from movement_lab.training.train_spine import RECIPE, Recipe, baseline, train


def produce(
    data: Path,
    path: Path,
    *,
    fine: bool = False,
    recipe: Recipe = RECIPE,
    tell: Callable[[str], object] = print,
) -> str:
    """Train on the tuning bodies in ``data``, judge on the held-out ones, write weights and card.

    Returns the digest of the weights. Held-out bodies never enter a fit, a range or a factor. Models that
    have not seen a kin stay beside the data, see `unseen_path`.
    """
    everything = load_samples(data, "tuning", fine=fine, standing=True)
    trained = train(everything, recipe, tell)
    samples = everything.where(~everything.standing)
    digest = save_model(trained.model, path)
    for kin, model in trained.unseen.items():
        save_model(model, unseen_path(data, kin))
    shown = np.ones(len(trained.samples), bool)
    own = figures(trained.value, trained.sd, shown, trained.samples)
    held_out = _held_out(data, fine)
    model = load_model(path)  # what is judged is what is shipped
    found: list[Figure] = []
    rest: dict[str, Any] = {}
    if held_out is not None:
        mean = np.tile(trained.samples.y.mean(axis=0), (len(held_out), 1))
        beside = {"predict the mean": mean, "landmarks only": baseline(samples, held_out, recipe)}
        found, rest = judged(model, held_out, beside)
    write_card(
        path.with_suffix(".md"),
        digest=digest,
        trained_on=samples,
        own=own,
        own_factor=factor_to_hold_80(model, trained.samples),
        held_out=held_out,
        figures=found,
        rest=rest,
        recipe=str(recipe),
    )
    tell(f"Wrote {path} ({path.stat().st_size / 1e6:.1f} MB) and its card.")
    return digest


def unseen_path(data: Path, kin: str) -> Path:
    """Return where the model lies whose members never saw a kin: made on the way, not shipped."""
    return data / "unseen" / f"{kin}.npz"


def _held_out(data: Path, fine: bool) -> Samples | None:
    try:
        return load_samples(data, "held_out", fine=fine)
    except UsageError:
        return None
