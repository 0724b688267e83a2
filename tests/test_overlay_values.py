"""The overlay as plain values: what the page draws is what the server draws, and doubt is settled here."""

import json

import numpy as np
import pytest
from make_report import make_report
from workspace_rows import figure

from movement_lab.drawing import overlay_values, plan_cover, plan_overlay
from movement_lab.records import View


@pytest.mark.parametrize("kind", ["side", "front", "spine", "refused", "nothing"])
@pytest.mark.parametrize("profile", ["clinician", "wellness"])
def test_everything_is_json_without_nan(kind, profile):
    report = {
        "side": make_report,
        "front": lambda: make_report(view=View("front", "camera", 4.0, "full")),
        "spine": lambda: make_report(spine="stickers"),
        "refused": lambda: make_report(view=View("oblique", "image_left", 38.0, "refused")),
        "nothing": lambda: make_report(movement="none", reps=0, findings=()),
    }[kind]()
    values = overlay_values(report, profile=profile)
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert len(values["points"]["xy"]) == len(values["points"]["faint"]) == len(values["time"])
    assert all(len(angle["values"]) == len(values["time"]) for angle in values["angles"])
    assert (values["back"] is not None) == (kind == "spine" and profile == "clinician")


def test_points_angles_and_labels_are_those_of_the_plan():
    report = figure()
    values, plan = overlay_values(report), plan_overlay(report, size=report.track.size)
    frame = report.reps[1].turn
    moment = plan.at(float(report.track.time_s[frame]))
    flat = values["points"]["xy"][frame]
    for number, name in enumerate(plan.figure.points):
        assert np.allclose(flat[2 * number : 2 * number + 2], moment.points[name], atol=0.06)
    for wedge, angle in zip(moment.wedges, values["angles"], strict=True):
        assert abs(angle["values"][frame] - wedge.value) <= 0.05
        assert angle["radius"] == wedge.angle.radius
    at = np.interp(report.track.time_s[frame], values["place_time"], np.arange(len(values["place_time"])))
    place = values["angles"][0]["place"]["xy"][round(at)]
    label = moment.labels[0]
    assert np.abs(np.array(place) - label.centre).max() < 3


def test_the_cover_of_each_picture_is_the_servers():
    report = figure()
    values, cover = overlay_values(report), plan_cover(report, report.raw.size)
    for at_s, discs in zip(report.raw.time_s, values["cover"]["discs"], strict=True):
        expected = cover.discs_at(float(at_s))
        assert (discs is None) == (expected is None)
        if discs is not None:
            assert np.allclose(discs, expected, atol=0.06)


def test_where_the_head_is_not_known_everything_is_to_be_hidden():
    report = figure()
    score = report.raw.score.copy()
    score[100:140, :11] = 0.1
    from dataclasses import replace

    unsure = replace(report, raw=replace(report.raw, score=score))
    discs = overlay_values(unsure)["cover"]["discs"]
    assert discs[120] is None
    assert discs[0] is not None
