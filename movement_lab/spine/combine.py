"""Which spine methods there are, in order of trust, and what to do when two of them disagree.

One method is shown for a whole clip, the most trusted one that saw enough of it; the others only
check it. Values of two methods are never averaged or patched together: their errors differ, so a
curve that changes its method in the middle would bend where the person did not.

Where a checking method is further away than 1.5 combined standard deviations there is no number
(specification 2.3, point 6). What counts is the *usual* difference over a moment, because single
frames are noisy and the standard deviations describe a method, not a frame. It is asked at two scales:

- **at the turn of each repetition and over its bottom**, where the number people read is taken. If the
  methods disagree at the one or in most of the other, that angle is withheld for the whole repetition:
  frames near standing always agree (all methods are zero there), so a largest value or a share made from
  what is left would be biased.
- **in each frame** elsewhere, so that a stretch in which one method went astray leaves a gap.

Each angle is asked for itself, and lumbar flexion takes the pelvis with it: the pelvis is what it is
told apart from, so with one in doubt the other cannot stand as the hip's part of the bend.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.errors import UsageError
from movement_lab.knowledge import Source, load_sources, parse_sources, read_table
from movement_lab.knowledge.checks import check_sources, check_unique
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence
from movement_lab.records import Array, Rep, SpineEstimate, Tier
from movement_lab.spine.estimate import SPINE_ANGLES

Mask = NDArray[np.bool_]

_FILE: Final = "spine.toml"
_LUMBAR: Final = "lumbar_flexion_deg"
_PELVIS: Final = "pelvic_tilt_deg"
#: Of a repetition's bottom, share of its frames: the number people read is a median over it.
_MOST: Final = 0.5


@dataclass(frozen=True, slots=True)
class SpineMethod:
    """One row of ``knowledge/spine.toml``.

    ``sd`` is one standard deviation of the method, degrees, by angle; ``licence`` names the terms
    of a model that the user installs, empty where nothing foreign is needed.
    """

    id: str
    tier: Tier
    sd: Mapping[str, float]
    evidence: Evidence
    licence: str = ""
    sources: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Agreement:
    """When two methods disagree (``[agreement]``): ``factor`` combined standard deviations, usual
    over ``window_s``; ``min_valid_pct`` is what a method must have seen to be the one shown.
    """

    factor: float
    window_s: float
    min_valid_pct: float
    evidence: Evidence
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disagreement:
    """No number: lumbar flexion is in dispute wherever it would have been read.

    ``methods``: the one that would have been shown, then those that contradict it; ``reps``: index
    of the repetitions in dispute (empty where none were given); ``reasons``: wording keys.
    """

    methods: tuple[str, ...]
    reps: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ("methods_disagree",)


@cache
def load_methods() -> Mapping[str, SpineMethod]:
    """Return the methods by id, the most trusted first; KnowledgeError if a row doesn't hold."""
    methods = [build(SpineMethod, row, Where(_FILE, "method")) for row in read_table(_FILE)["method"]]
    check_unique((method.id for method in methods), Where(_FILE))
    for method in methods:
        where = Where(_FILE, f"method {method.id!r}")
        check_sources(method.sources, spine_sources(), where)
        if set(method.sd) != set(SPINE_ANGLES) or min(method.sd.values()) <= 0:
            raise where.wrong(f"sd is {dict(method.sd)}", f"a positive number for each of {SPINE_ANGLES}")
    return {method.id: method for method in methods}


@cache
def load_agreement() -> Agreement:
    """Return when two methods disagree."""
    return build(Agreement, read_table(_FILE).get("agreement"), Where(_FILE, "agreement"))


@cache
def spine_sources() -> Mapping[str, Source]:
    """Return the sources that the spine's table may name: everybody's and its own."""
    return {**load_sources(), **parse_sources(read_table(_FILE)["source"], file=_FILE)}


def combine(
    estimates: Sequence[SpineEstimate], *, time_s: Array, reps: Sequence[Rep] = ()
) -> SpineEstimate | Disagreement:
    """Return the most trusted estimate, without what another one contradicts.

    Parameters
    ----------
    estimates
        At least one, each of another method, over the same ``n`` frames.
    time_s
        Times of the frames, (n,) seconds.
    reps
        Repetitions, as frame numbers; without them only single frames are compared.

    Returns
    -------
    The estimate of one method. Angles are NaN in the frames (and in whole repetitions) where another
    method disagrees; its reasons then hold ``methods_disagree``. If lumbar flexion is left nowhere
    that counts (in no bottom; without repetitions in no frame), a `Disagreement` instead.

    Raises
    ------
    UsageError
        If there is no estimate, a method is unknown or occurs twice, or the lengths differ.
    """
    _check(estimates, len(time_s))
    shown = _most_trusted(estimates, _counted(reps, len(time_s)))
    others = [each for each in estimates if each is not shown]
    against = {each.method: _disputed(shown, each, time_s, reps) for each in others}
    disputed = {angle: _any(against, angle, len(time_s)) for angle in shown.value}
    if not any(mask.any() for mask in disputed.values()):
        return shown
    result = _without(shown, disputed)
    if _lost(shown, result, reps):
        methods = (shown.method, *(name for name, masks in against.items() if masks[_LUMBAR].any()))
        return Disagreement(methods, tuple(rep.index for rep in reps if disputed[_LUMBAR][rep.turn]))
    return result


def _check(estimates: Sequence[SpineEstimate], frames: int) -> None:
    names, known = [each.method for each in estimates], ", ".join(load_methods())
    if not names or len(set(names)) < len(names) or not set(names) <= set(load_methods()):
        raise UsageError(
            f"Spine estimates by {names} can't be combined. One or more different methods out of "
            f"{known} were needed. Leave out what is not one of them."
        )
    for each in estimates:
        if len(each.valid) != frames:
            raise UsageError(
                f"The estimate by {each.method} has {len(each.valid)} frames. {frames} were needed, as many "
                "as there are times. Take both from the same track."
            )


def _counted(reps: Sequence[Rep], frames: int) -> Mask:
    """Frames of the repetitions; all of them where none are given."""
    counted = np.zeros(frames, bool)
    for rep in reps:
        counted[rep.start : rep.end] = True
    return counted if counted.any() else ~counted


def _most_trusted(estimates: Sequence[SpineEstimate], counted: Mask) -> SpineEstimate:
    """The first in order of trust that saw enough; if none did, the one that saw most."""
    order = list(load_methods())
    ranked = sorted(estimates, key=lambda each: order.index(each.method))
    share = load_agreement().min_valid_pct / 100
    enough = (each for each in ranked if each.valid[counted].sum() >= share * counted.sum() > 0)
    return next(enough, max(ranked, key=lambda each: each.frames_used))


def _disputed(
    shown: SpineEstimate, other: SpineEstimate, time_s: Array, reps: Sequence[Rep]
) -> dict[str, Mask]:
    """Frames in which ``other`` contradicts ``shown``, by angle."""
    masks = {angle: _apart(shown, other, angle, time_s) for angle in shown.value}
    for mask in masks.values():
        for rep in reps:
            if mask[rep.turn] or mask[slice(*rep.bottom)].mean() > _MOST:
                mask[rep.start : rep.end] = True
    if _LUMBAR in masks and _PELVIS in masks:
        masks[_PELVIS] |= masks[_LUMBAR]
    return masks


def _apart(shown: SpineEstimate, other: SpineEstimate, angle: str, time_s: Array) -> Mask:
    """Say, (n,), where the usual difference is beyond what both methods' spreads allow."""
    if angle not in other.value:
        return np.zeros(len(time_s), bool)
    allowed = load_agreement().factor * np.hypot(shown.sd[angle], other.sd[angle])
    both = np.logical_and(shown.valid, other.valid)
    difference = np.where(both, (shown.value[angle] - other.value[angle]) / allowed, np.nan)
    return np.asarray(np.abs(_usual(difference, time_s)) > 1)  # NaN, nothing to compare: not apart


def _usual(values: Array, time_s: Array) -> Array:
    """Running median, (n,), over the window around each frame; NaN where nothing was seen in it."""
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 1.0
    reach = round(load_agreement().window_s / 2 / step_s)
    padded = np.pad(values, reach, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a window without any: NaN
        return np.nanmedian(windows, axis=1)


def _any(against: Mapping[str, Mapping[str, Mask]], angle: str, frames: int) -> Mask:
    masks = [each[angle] for each in against.values()]
    return np.asarray(np.logical_or.reduce([np.zeros(frames, bool), *masks]))


def _without(shown: SpineEstimate, disputed: Mapping[str, Mask]) -> SpineEstimate:
    """The estimate with NaN where an angle is in dispute; valid where any angle is left."""
    value = {angle: np.where(disputed[angle], np.nan, values) for angle, values in shown.value.items()}
    sd = {angle: np.where(disputed[angle], np.nan, sds) for angle, sds in shown.sd.items()}
    left = np.any([np.isfinite(values) for values in value.values()], axis=0)
    reasons = tuple(dict.fromkeys([*shown.reasons, "methods_disagree"]))
    return replace(shown, value=value, sd=sd, valid=np.logical_and(shown.valid, left), reasons=reasons)


def _lost(before: SpineEstimate, after: SpineEstimate, reps: Sequence[Rep]) -> bool:
    """Say whether lumbar flexion had a reading that counts and has none any more."""
    if _LUMBAR not in before.value:
        return False
    counted = np.concatenate([np.arange(*rep.bottom) for rep in reps]) if reps else slice(None)
    had, has = (np.isfinite(each.value[_LUMBAR][counted]).any() for each in (before, after))
    return bool(had and not has)
