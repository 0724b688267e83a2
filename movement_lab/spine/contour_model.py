"""The estimator's weights and what it makes of features: a few small networks, in NumPy.

``movement_lab.training`` makes the file; nothing here needs a training library. Inputs and outputs
are bounded by the training data, so an unusual frame can't give an absurd angle, and frames outside
what was trained on are named instead of answered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.assets import asset
from movement_lab.atomic import atomic_path
from movement_lab.errors import ModelError
from movement_lab.records import Array
from movement_lab.spine.contour_checks import load_contour_table
from movement_lab.spine.estimate import SPINE_ANGLES
from movement_lab.spine.features import FEATURE_NAMES

#: One network: weights (in, out) and bias (out,) of each layer; tanh between, nothing after the last.
Network = tuple[tuple[Array, Array], ...]

MODEL_FILE: Final = "spine_contour.npz"
_FORMAT: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """How features (F,) or angles (4,) are scaled: ``mean``, ``spread``, and their training range."""

    mean: Array
    spread: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, values: Array, *, low_pct: float = 0.5, high_pct: float = 99.5) -> Scaling:
        """Measure training values (N, F); a column that never changes gets spread 1."""
        spread = values.std(axis=0)
        low, high = np.percentile(values, [low_pct, high_pct], axis=0)
        return cls(values.mean(axis=0), np.where(spread > 1e-9, spread, 1.0), low, high)

    def scaled(self, values: Array) -> Array:
        """Return values (T, F) around 0 with spread 1."""
        return (values - self.mean) / self.spread

    def beyond(self, values: Array) -> Array:
        """Return how far values (T, F) lie outside the range, in widths of it; 0 inside."""
        width = np.maximum(self.high - self.low, 1e-9)
        return np.maximum(np.maximum(self.low - values, values - self.high), 0) / width

    def clipped(self, values: Array, margin: float = 0.0) -> Array:
        """Return values brought into the range, widened by ``margin`` of its width."""
        room = margin * (self.high - self.low)
        return np.clip(values, self.low - room, self.high + room)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """The four angles of `SPINE_ANGLES`: ``value`` and ``sd`` (T, 4) degrees.

    ``known`` (T,): the features are like the training's; ``agreed`` (T,): the members agree; ``free``
    (T,): no arm seems to lie over the back.
    """

    value: Array
    sd: Array
    known: NDArray[np.bool_]
    agreed: NDArray[np.bool_]
    free: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ContourModel:
    """An ensemble for the angles and one network for how far off it usually is.

    ``cover_network`` gives the log odds that an arm covers the back, ``sd_network`` the logarithm of the
    sd; ``sd_factor`` (4,) makes 80 % intervals hold 80 %, ``sd_range`` (2, 4) bounds the sd;
    ``spread_limit`` (4,) is how far apart the members were in 99 % of the training frames.
    """

    inputs: Scaling
    outputs: Scaling
    members: tuple[Network, ...]
    cover_network: Network
    sd_network: Network
    sd_factor: Array
    sd_range: Array
    spread_limit: Array

    def answer(self, values: Array) -> Answer:
        """Return the angles for features (T, F); rows with NaN are not known."""
        table = load_contour_table().answer
        whole = np.asarray(np.isfinite(values).all(axis=1))
        safe = np.where(whole[:, None], values, self.inputs.mean)
        beyond = self.inputs.beyond(safe)
        near = (beyond <= table.max_beyond).all(axis=1)
        most = (beyond > 0).mean(axis=1) <= table.max_outside_share
        scaled = self.inputs.scaled(self.inputs.clipped(safe, table.max_beyond))
        each = np.stack([run(network, scaled) for network in self.members])
        angles = each * self.outputs.spread + self.outputs.mean
        log_sd = np.clip(run(self.sd_network, scaled), *np.log(self.sd_range))
        sd = np.exp(log_sd) * self.sd_factor
        value = consistent(self.outputs.clipped(angles.mean(axis=0)), sd)
        apart = angles.std(axis=0) <= table.max_spread_factor * self.spread_limit
        covered_pct = 100 / (1 + np.exp(-run(self.cover_network, scaled)[:, 0]))
        free = covered_pct <= table.max_covered_pct
        return Answer(value, sd, whole & near & most, apart.all(axis=1), free)


def run(network: Network, values: Array) -> Array:
    """Return what a network makes of scaled values, (T, F) to (T, outputs)."""
    *hidden, (weights, bias) = network
    for layer, offset in hidden:
        values = np.tanh(values @ layer + offset)
    return values @ weights + bias


def consistent(value: Array, sd: Array) -> Array:
    """Return angles (T, 4) of which thorax is pelvis plus lumbar; the less sure one gives way more."""
    pelvis, lumbar, thorax = (SPINE_ANGLES.index(f"{name}_deg") for name in _SUM)
    gap = value[:, thorax] - value[:, pelvis] - value[:, lumbar]
    share = sd[:, [pelvis, lumbar, thorax]] ** 2
    share = share / share.sum(axis=1, keepdims=True) * gap[:, None]
    out = value.copy()
    out[:, [pelvis, lumbar]] += share[:, :2]
    out[:, thorax] -= share[:, 2]
    return out


_SUM: Final = ("pelvic_tilt", "lumbar_flexion", "thorax_inclination")


# ---------------------------------------------------------------- the file


def save_model(model: ContourModel, path: Path) -> str:
    """Write a model and return its digest."""
    arrays = _arrays(model)
    digest = _digest(arrays)
    with atomic_path(path) as part:
        np.savez_compressed(part, digest=np.array(digest), **arrays)  # type: ignore[arg-type]
    return digest


def load_model(path: Path | None = None) -> ContourModel:
    """Read the shipped model, or another file.

    Raises
    ------
    ModelError
        If the file is missing, damaged, or made for other features.
    """
    path = path or asset("models", MODEL_FILE)
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError) as error:
        raise ModelError(
            f"The back contour's model {path} can't be read: {error}. It was needed to tell hip and back "
            "apart. Install movement_lab again, or train it with `python -m movement_lab.training`."
        ) from error
    digest = str(arrays.pop("digest", ""))
    if digest != _digest(arrays):
        raise ModelError(f"{path} is damaged: its digest doesn't fit. Get the file again.")
    if int(arrays["format"]) != _FORMAT or tuple(arrays["names"]) != FEATURE_NAMES:
        raise ModelError(
            f"{path} was made for other features. A model of this version was needed. Train it again with "
            "`python -m movement_lab.training`."
        )
    return _model(arrays)


def _arrays(model: ContourModel) -> dict[str, NDArray[Any]]:
    """Everything as plain arrays by name; weights in single precision, which is plenty."""
    arrays: dict[str, NDArray[Any]] = {"format": np.array(_FORMAT), "names": np.array(FEATURE_NAMES)}
    for name, scaling in (("in", model.inputs), ("out", model.outputs)):
        for part in ("mean", "spread", "low", "high"):
            arrays[f"{name}_{part}"] = getattr(scaling, part)
    networks = {f"member{i}": member for i, member in enumerate(model.members)}
    networks |= {"cover": model.cover_network, "sd": model.sd_network}
    for name, network in networks.items():
        for depth, (weights, bias) in enumerate(network):
            arrays[f"{name}_w{depth}"] = weights.astype(np.float32)
            arrays[f"{name}_b{depth}"] = bias.astype(np.float32)
    for name in ("sd_factor", "sd_range", "spread_limit"):
        arrays[name] = getattr(model, name)
    return arrays


def _model(arrays: Mapping[str, NDArray[Any]]) -> ContourModel:
    scalings = [
        Scaling(*(arrays[f"{name}_{part}"] for part in ("mean", "spread", "low", "high")))
        for name in ("in", "out")
    ]
    count = len({name.split("_")[0] for name in arrays if name.startswith("member")})
    members = tuple(_network(arrays, f"member{i}") for i in range(count))
    return ContourModel(
        inputs=scalings[0],
        outputs=scalings[1],
        members=members,
        cover_network=_network(arrays, "cover"),
        sd_network=_network(arrays, "sd"),
        sd_factor=arrays["sd_factor"],
        sd_range=arrays["sd_range"],
        spread_limit=arrays["spread_limit"],
    )


def _network(arrays: Mapping[str, NDArray[Any]], name: str) -> Network:
    depth = sum(key.startswith(f"{name}_w") for key in arrays)
    return tuple(
        (arrays[f"{name}_w{i}"].astype(float), arrays[f"{name}_b{i}"].astype(float)) for i in range(depth)
    )


def _digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {values.dtype.str} {values.shape}".encode() + values.tobytes())
    return digest.hexdigest()
