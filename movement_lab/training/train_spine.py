"""Fit the ensemble, find out how far off it is on bodies it has not seen, and export plain weights."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.errors import UsageError
from movement_lab.records import Array
from movement_lab.spine.contour_model import ContourModel, Network, Scaling, consistent, run
from movement_lab.spine.estimate import SPINE_ANGLES
from movement_lab.spine.features import FEATURE_NAMES
from movement_lab.training.samples import COVERING, Samples, columns

#: Of a normal distribution: 80 % lie within so many standard deviations.
_WITHIN_80: Final = 1.2816
_LOG_ROOM_DEG: Final = 0.5
_LUMBAR: Final = SPINE_ANGLES.index("lumbar_flexion_deg")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the networks are fitted.

    ``first_members`` networks a fold say first how far off each picture is: beyond ``trusted_deg`` it counts
    the less the further, beyond ``left_deg`` not at all. Low backs arched beyond ``arched_deg`` count
    ``arched_times``: they are few, and answers lean towards what is common.
    """

    members: int = 20
    hidden: tuple[int, ...] = (128, 64)
    cover_members: int = 4
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
    first_members: int = 2
    trusted_deg: float = 3.0
    left_deg: float = 15.0
    arched_deg: float = -3.0
    arched_times: float = 3.0


#: What the shipped weights were made with.
RECIPE: Final = Recipe()


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The model, and what cross-validation by body said of each bent picture: ``value`` and ``sd`` (N, 4).

    ``unseen`` holds by kin the same model with members that never saw that kin.
    """

    model: ContourModel
    samples: Samples
    value: Array
    sd: Array
    unseen: Mapping[str, ContourModel]


def train(samples: Samples, recipe: Recipe = RECIPE, tell: Callable[[str], object] = print) -> Trained:
    """Fit an ensemble on ``samples``.

    Twice every kin is left out in turn. The first time says which pictures nobody could read (the pose
    model lost the person, a hand lies on the edge), so that they don't bend the networks; the second
    time says how far off the networks are on bodies they have not seen, all pictures of them, and the
    spread is learned from that. One factor an angle then makes 80 % intervals hold 80 %.

    Pictures of standing are learned from too, or networks would not read zero in standing; ranges, spreads
    and what is judged are of bent pictures only.
    """
    everything = samples.where(samples.fit)
    samples = everything.where(~np.isin(everything.arms, COVERING))
    bent = ~samples.standing
    if len(set(samples.body.tolist())) < 2:
        raise UsageError("Pictures of one body only. At least two were needed. Make more pictures first.")
    inputs = Scaling.of(samples.x[bent])
    outputs = Scaling.of(samples.y[bent], low_pct=0, high_pct=100)
    x, y = inputs.scaled(samples.x), outputs.scaled(samples.y)
    tell(f"{len(samples)} pictures of {len(set(samples.body.tolist()))} bodies, {x.shape[1]} features")
    even = np.ones(len(x))
    first, _ = left_out(x, y, even, samples.kin, recipe, recipe.first_members)
    weight = weights(np.abs(first.mean(axis=0) - y) * outputs.spread, samples.y[:, _LUMBAR], recipe)
    tell(f"{(weight == 0).mean():.1%} of the pictures can't be read, {(weight < 1).mean():.0%} count less")
    said, unseen = left_out(x, y, weight, samples.kin, recipe, recipe.fold_members)
    each, samples = said[:, bent] * outputs.spread + outputs.mean, samples.where(bent)
    value = each.mean(axis=0)
    sd, sd_network, sd_range = _spread(x[bent], np.abs(value - samples.y), samples.kin, recipe)
    factor = np.quantile(np.abs(value - samples.y) / sd, 0.8, axis=0) / _WITHIN_80
    tell("left-out bodies done, fitting the final members")
    model = ContourModel(
        inputs,
        outputs,
        _each(fit, [(x, y, weight, recipe, member) for member in range(recipe.members)]),
        _cover(everything, inputs, recipe),
        sd_network,
        factor,
        sd_range,
        np.quantile(each.std(axis=0), 0.99, axis=0),
    )
    others = {kin: replace(model, members=members) for kin, members in unseen.items()}
    return Trained(model, samples, consistent(value, sd * factor), sd * factor, others)


def baseline(train_on: Samples, test_on: Samples, recipe: Recipe = RECIPE) -> Array:
    """Return what the landmarks alone say, (N, 4): the same networks without the contour."""
    chosen = columns(FEATURE_NAMES, "landmarks.")
    known = train_on.where(train_on.fit & ~np.isin(train_on.arms, COVERING))
    inputs, outputs = Scaling.of(known.x[:, chosen]), Scaling.of(known.y)
    x, y, weight = inputs.scaled(known.x[:, chosen]), outputs.scaled(known.y), np.ones(len(known))
    networks = _each(fit, [(x, y, weight, recipe, member) for member in range(recipe.fold_members)])
    seen = inputs.scaled(inputs.clipped(test_on.x[:, chosen], 0.3))
    said = np.mean([run(network, seen) for network in networks], axis=0)
    return np.asarray(said * outputs.spread + outputs.mean)


# ---------------------------------------------------------------- fitting


def weights(off_deg: Array, lumbar_deg: Array, recipe: Recipe) -> Array:
    """Return how much each picture counts, (N,), from how far off it was in its angles (N, 4).

    ``lumbar_deg`` (N,) is how far the low back is truly bent.
    """
    worst = np.maximum(off_deg.max(axis=1), 1e-9)
    trusted = np.where(worst < recipe.left_deg, np.minimum(1, recipe.trusted_deg / worst), 0.0)
    return trusted * np.where(lumbar_deg < recipe.arched_deg, recipe.arched_times, 1.0)


def fit(x: Array, y: Array, weight: Array, recipe: Recipe, seed: int) -> Network:
    """Fit one network on scaled features (N, F) and angles (N, 4), each row twice with a little noise.

    ``weight`` (N,) says how much a row counts.
    """
    rng = np.random.default_rng([recipe.seed, seed])
    known = weight > 0
    x, y, weight = x[known], y[known], weight[known] / weight[known].mean()
    noisy = np.concatenate([x, x + rng.normal(0, recipe.jitter, x.shape)])
    twice, counts = np.concatenate([y, y]), np.concatenate([weight, weight])
    chance = recipe.seed * 1000 + seed
    return layers_of(_fitted(noisy, twice, recipe.hidden, recipe.penalty, recipe, chance, counts))


def _each(task: Callable[..., Network], arguments: Sequence[tuple[Any, ...]]) -> tuple[Network, ...]:
    """Return what a task makes of each, on all cores: a network keeps one busy, more would only wait."""
    _sklearn()  # says what to install where it is missing
    import joblib  # comes with it

    with joblib.parallel_config(backend="loky", inner_max_num_threads=1):
        return tuple(joblib.Parallel(n_jobs=-1)(joblib.delayed(task)(*each) for each in arguments))


def _fitted(
    x: Array,
    y: Array,
    hidden: tuple[int, ...],
    penalty: float,
    recipe: Recipe,
    seed: int,
    weight: Array | None = None,
) -> Any:
    network = _sklearn().MLPRegressor(
        hidden_layer_sizes=hidden, activation="tanh", alpha=penalty, max_iter=recipe.rounds, random_state=seed
    )
    single = np.float32  # half the time, and as good
    return _quietly(network, x.astype(single), y.astype(single), weight)


def _cover(samples: Samples, inputs: Scaling, recipe: Recipe) -> Network:
    """Return the network that tells pictures with an arm over the back from all others."""
    covered = np.isin(samples.arms, COVERING)
    if not covered.any():  # nothing to learn from: no picture counts as covered
        return ((np.zeros((samples.x.shape[1], 1)), np.full(1, -20.0)),)
    x = inputs.scaled(inputs.clipped(samples.x, 1.0)).astype(np.float32)
    return averaged(_each(_fit_cover, [(x, covered, recipe, i) for i in range(recipe.cover_members)]))


def _fit_cover(x: Array, covered: NDArray[np.bool_], recipe: Recipe, member: int) -> Network:
    network = _sklearn().MLPClassifier(
        hidden_layer_sizes=recipe.cover_hidden,
        activation="tanh",
        alpha=recipe.cover_penalty,
        max_iter=recipe.cover_rounds,
        random_state=recipe.seed + member,
    )
    return layers_of(_quietly(network, x, covered))


def averaged(networks: Sequence[Network]) -> Network:
    """Return one network that says the mean of several of one shape: side by side, joined at the end."""
    from scipy.linalg import block_diag

    *hidden, last = zip(*networks, strict=True)
    joined = [
        (np.hstack([w for w, _ in layer]) if depth == 0 else block_diag(*(w for w, _ in layer)),
         np.hstack([b for _, b in layer]))
        for depth, layer in enumerate(hidden)
    ]  # fmt: skip
    weights = np.vstack([w for w, _ in last]) if hidden else np.sum([w for w, _ in last], axis=0)
    return (*joined, (weights / len(networks), np.mean([b for _, b in last], axis=0)))


def _sklearn() -> Any:
    try:
        from sklearn import neural_network
    except ImportError as error:
        raise UsageError(
            "scikit-learn is not installed. It was needed to train. "
            "Try: pip install 'movement-lab[training]'."
        ) from error
    return neural_network


def _quietly(network: Any, x: Array, y: NDArray[Any], weight: Array | None = None) -> Any:
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the number of rounds is chosen, not reached
        return network.fit(x, y, sample_weight=weight)


def layers_of(fitted: Any) -> Network:
    """Return the weights of a fitted scikit-learn ``MLPRegressor`` or ``MLPClassifier`` with tanh."""
    pairs = zip(fitted.coefs_, fitted.intercepts_, strict=True)
    return tuple((np.asarray(weights, float), np.asarray(bias, float)) for weights, bias in pairs)


def left_out(
    x: Array, y: Array, weight: Array, kin: NDArray[Any], recipe: Recipe, members: int
) -> tuple[Array, dict[str, tuple[Network, ...]]]:
    """Return scaled answers (members, N, 4) for each kin by networks that never saw it, and those by kin."""
    said = np.full((members, *y.shape), np.nan)
    unseen: dict[str, tuple[Network, ...]] = {}
    todo = [(known, new, member) for known, new in folds(kin, recipe.folds) for member in range(members)]
    networks = _each(fit, [(x[known], y[known], weight[known], recipe, 100 + i) for known, _, i in todo])
    for network, (_, new, member) in zip(networks, todo, strict=True):
        said[member, new] = run(network, x[new])
        for name in set(kin[new].tolist()):
            unseen[name] = (*unseen.get(name, ()), network)
    return said, unseen


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
