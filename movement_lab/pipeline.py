"""The story of the program: from a track, or a video, to a Report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from movement_lab.cleaning import Cleaned, clean_track
from movement_lab.coarse import coarse_signals
from movement_lab.declared import Declared
from movement_lab.findings import Task, judge
from movement_lab.knowledge import load_movement
from movement_lab.measures import Body, compute_signals
from movement_lab.quality import describe_quality, find_cuts
from movement_lab.recognition import recognise, variant_of
from movement_lab.records import MOVEMENTS, Track
from movement_lab.report import Report
from movement_lab.reps import driver_signal, find_candidates, find_reps
from movement_lab.sharing import coordinate_clip, style_of_clip
from movement_lab.spine.reading import FullBend, read_spine, spine_signals, zeroed
from movement_lab.standing import find_standing
from movement_lab.summaries import Clip, summarise, with_spreads
from movement_lab.view import body_turn_deg, find_view, refuse_if_turned

__all__ = ["Declared", "assess"]


def assess(
    raw: Track,
    declared: Declared | None = None,
    *,
    height_cm: float | None = None,
    full_bend: FullBend | None = None,
    provenance: Mapping[str, Any] | None = None,
) -> Report:
    """Judge one recording: video, webcam, batch and stored tracks all end here.

    ``full_bend`` is the low back in the person's own full forward bend, from another recording. The
    same track and the same declarations always give the same report.
    """
    declared = declared or Declared()
    view = find_view(raw, declared=declared.view)
    cleaned, cuts_s = clean_track(raw, view=view), find_cuts(raw)
    track, time_s = cleaned.track, cleaned.track.time_s
    view = refuse_if_turned(view, track)
    coarse, signals = coarse_signals(track), compute_signals(track, view)
    standing = find_standing(coarse, signals, time_s, declared=declared.standing)

    candidates = find_candidates(coarse, signals, view, cuts_s=cuts_s, time_s=time_s, declared=declared)
    movement = recognise(candidates, declared=declared.movement, marked=bool(declared.reps))
    reps = find_reps(candidates, movement, coarse, signals, time_s, marked=declared.reps, cuts_s=cuts_s)
    movement = variant_of(movement, reps, track, view)

    spine = read_spine(raw, view, standing, reps, time_s)
    read = spine_signals(spine, signals, standing, full_bend)
    signals, standing = {**signals, **read}, zeroed(standing, read, time_s)

    table = load_movement(movement.name) if movement.name in MOVEMENTS else None
    driver = driver_signal(movement.name, coarse, signals)
    clip = Clip(signals, driver, time_s, reps, standing, view, movement=movement.name, spine=spine)
    clip = with_spreads(_with_doubts(clip, cleaned, full_bend))
    measurements = summarise(clip, table.findings if table else ())
    task = Task(declared.instructed, declared.upright, declared.variant, movement.variant)
    findings = judge(measurements, reps, table, view, time_s, task) if table else ()

    sharing = coordinate_clip(clip, measurements)
    free_bend = movement.name == "hinge" and not declared.instructed

    quality = describe_quality(
        raw,
        cleaned,
        turn_deg=body_turn_deg(raw),
        view=view,
        standing=standing,
        reps=reps,
        cuts_s=cuts_s,
        height_cm=height_cm,
        declared=declared,
    )
    return Report(
        movement,
        view,
        standing,
        reps,
        measurements,
        findings,
        spine,
        sharing,
        style_of_clip(sharing, free_bend=free_bend),
        quality,
        dict(provenance or {}),
        raw,
        track,
        signals,
    )


def _with_doubts(clip: Clip, cleaned: Cleaned, full_bend: FullBend | None) -> Clip:
    """Return the clip with what makes its values less sure."""
    counts = cleaned.quality
    return replace(
        clip,
        foot_px=Body(cleaned.track, clip.view).foot_px,
        repaired_share=counts["frames_repaired"] / max(counts["frames_with_person"], 1),
        imported="points_from" in cleaned.track.origin,
        full_bend_sd_deg=full_bend.sd_deg if full_bend else float("nan"),
    )
