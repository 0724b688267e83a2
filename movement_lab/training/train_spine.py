"""Fit the ensemble, find out how far off it is on bodies it has not seen, and export plain weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.errors import UsageError
from movement_lab.records import Array
from movement_lab.spine.contour_model import ContourModel, Network, Scaling, consistent, run
from movement_lab.spine.features import FEATURE_NAMES
from movement_lab.training.samples import COVERING, Samples, columns

#: Of a normal distribution: 80 % lie within so many standard deviations.
_WITHIN_80: Final = 1.2816
_LOG_ROOM_DEG: Final = 0.5


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the networks are fitted."""

    members: int = 20
    hidden: tuple[int, ...] = (128, 64)
    cover_hidden: tuple[int, ...] = (32,)
    sd_hidden: tuple[int, ...] = (16,)
    penalty: float = 0.3
    cover_penalty: float = 1.0
    cover_rounds: int = 60
    sd_penalty: float = 1.0
    rounds: int = 150
    folds: int = 6
    fold_members: int = 5
    jitter: float = 0.05
    seed: int = 0


#: What the shipped weights were made with.
RECIPE: Final = Recipe()


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The model, and what cross-validation by body said of each training row: ``value`` and ``sd`` (N, 4)."""

    model: ContourModel
    samples: Samples
    value: Array
    sd: Array


def train(samples: Samples, recipe: Recipe = RECIPE, tell: Callable[[str], object] = print) -> Trained:
    """Fit an ensemble on ``samples``.

    The spread of the answers is learned from bodies left out in turn, a kin at a time: how far off the
    other folds' networks were on them. One factor an angle then makes 80 % intervals hold 80 %.
    """
    everything = samples.where(samples.fit)
    samples = everything.where(~np.isin(everything.arms, COVERING))
    if len(set(samples.body.tolist())) < 2:
        raise UsageError("Pictures of one body only. At least two were needed. Make more pictures first.")
    inputs, outputs = Scaling.of(samples.x), Scaling.of(samples.y, low_pct=0, high_pct=100)
    x, y = inputs.scaled(samples.x), outputs.scaled(samples.y)
    tell(f"{len(samples)} pictures of {len(set(samples.body.tolist()))} bodies, {x.shape[1]} features")
    each = left_out(x, y, samples.kin, recipe) * outputs.spread + outputs.mean
    value = each.mean(axis=0)
    sd, sd_network, sd_range = _spread(x, np.abs(value - samples.y), samples.kin, recipe)
    factor = np.quantile(np.abs(value - samples.y) / sd, 0.8, axis=0) / _WITHIN_80
    tell("left-out bodies done, fitting the final members")
    model = ContourModel(
        inputs,
        outputs,
        tuple(fit(x, y, recipe, seed=member) for member in range(recipe.members)),
        _cover(everything, inputs, recipe),
        sd_network,
        factor,
        sd_range,
        np.quantile(each.std(axis=0), 0.99, axis=0),
    )
    return Trained(model, samples, consistent(value, sd * factor), sd * factor)


def baseline(train_on: Samples, test_on: Samples, recipe: Recipe = RECIPE) -> Array:
    """Return what the landmarks alone say, (N, 4): the same networks without the contour."""
    chosen = columns(FEATURE_NAMES, "landmarks.")
    known = train_on.where(train_on.fit & ~np.isin(train_on.arms, COVERING))
    inputs, outputs = Scaling.of(known.x[:, chosen]), Scaling.of(known.y)
    networks = [
        fit(inputs.scaled(known.x[:, chosen]), outputs.scaled(known.y), recipe, seed=member)
        for member in range(recipe.fold_members)
    ]
    seen = inputs.scaled(inputs.clipped(test_on.x[:, chosen], 0.3))
    said = np.mean([run(network, seen) for network in networks], axis=0)
    return np.asarray(said * outputs.spread + outputs.mean)


# ---------------------------------------------------------------- fitting


def fit(x: Array, y: Array, recipe: Recipe, *, seed: int) -> Network:
    """Fit one network on scaled features (N, F) and angles (N, 4), each row twice with a little noise."""
    rng = np.random.default_rng([recipe.seed, seed])
    noisy = np.concatenate([x, x + rng.normal(0, recipe.jitter, x.shape)])
    both = np.concatenate([y, y])
    return layers_of(_fitted(noisy, both, recipe.hidden, recipe.penalty, recipe, recipe.seed * 1000 + seed))


def _fitted(x: Array, y: Array, hidden: tuple[int, ...], penalty: float, recipe: Recipe, seed: int) -> Any:
    network = _sklearn().MLPRegressor(
        hidden_layer_sizes=hidden, activation="tanh", alpha=penalty, max_iter=recipe.rounds, random_state=seed
    )
    return _quietly(network, x, y)


def _cover(samples: Samples, inputs: Scaling, recipe: Recipe) -> Network:
    """Return the network that tells pictures with an arm over the back from all others."""
    covered = np.isin(samples.arms, COVERING)
    if not covered.any():  # nothing to learn from: no picture counts as covered
        return ((np.zeros((samples.x.shape[1], 1)), np.full(1, -20.0)),)
    network = _sklearn().MLPClassifier(
        hidden_layer_sizes=recipe.cover_hidden,
        activation="tanh",
        alpha=recipe.cover_penalty,
        max_iter=recipe.cover_rounds,
        random_state=recipe.seed,
    )
    x = inputs.scaled(inputs.clipped(samples.x, 1.0))
    return layers_of(_quietly(network, x, covered))


def _sklearn() -> Any:
    try:
        from sklearn import neural_network
    except ImportError as error:
        raise UsageError(
            "scikit-learn is not installed. It was needed to train. "
            "Try: pip install 'movement-lab[training]'."
        ) from error
    return neural_network


def _quietly(network: Any, x: Array, y: NDArray[Any]) -> Any:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of rounds is chosen, not reached
        return network.fit(x, y)


def layers_of(fitted: Any) -> Network:
    """Return the weights of a fitted scikit-learn ``MLPRegressor`` or ``MLPClassifier`` with tanh."""
    pairs = zip(fitted.coefs_, fitted.intercepts_, strict=True)
    return tuple((np.asarray(weights, float), np.asarray(bias, float)) for weights, bias in pairs)


def left_out(x: Array, y: Array, kin: NDArray[Any], recipe: Recipe) -> Array:
    """Return scaled answers (members, N, 4) for each kin by networks that never saw it."""
    said = np.full((recipe.fold_members, *y.shape), np.nan)
    for known, new in folds(kin, recipe.folds):
        for member in range(recipe.fold_members):
            said[member, new] = run(fit(x[known], y[known], recipe, seed=100 + member), x[new])
    return said


def _spread(x: Array, off: Array, kin: NDArray[Any], recipe: Recipe) -> tuple[Array, Network, Array]:
    """Return how far off (N, 4) other bodies' rows say each row is, the final network, and its range."""
    wanted = np.log(off + _LOG_ROOM_DEG)
    log_sd = np.full(off.shape, np.nan)

    def network(chosen: NDArray[Any]) -> Network:
        return layers_of(
            _fitted(x[chosen], wanted[chosen], recipe.sd_hidden, recipe.sd_penalty, recipe, recipe.seed)
        )

    for known, new in folds(kin, recipe.folds):
        log_sd[new] = run(network(known), x[new])
    bounds = np.exp(np.percentile(log_sd, [2, 98], axis=0))
    return np.clip(np.exp(log_sd), *bounds), network(np.arange(len(x))), bounds


def folds(kin: NDArray[Any], count: int) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Yield rows to learn from and rows to be asked, no kin among both."""
    names = sorted(set(kin.tolist()))
    count = min(count, len(names))
    turn = {name: i % count for i, name in enumerate(names)}
    of_row = np.array([turn[name] for name in kin.tolist()])
    for fold in range(count):
        yield np.flatnonzero(of_row != fold), np.flatnonzero(of_row == fold)
