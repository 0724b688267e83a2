"""Points of another tracker.

A table of landmarks as MediaPipe users write it: shares of the picture, a row per frame. Here it is made of
a stick figure; yours comes from your own script. The angles are those of the points, whoever found them.
"""

import csv
import tempfile
from pathlib import Path

import movement_lab as ml
from movement_lab.synthetic import Camera, film, repetitions

points = ("nose", *(f"{s}_{p}" for s in ("left", "right") for p in ("shoulder", "hip", "knee", "ankle")))
track = film(repetitions("squat", reps=4), Camera(view="right", size=(480, 640)))

with tempfile.TemporaryDirectory() as folder:
    table = Path(folder) / "landmarks.csv"
    with table.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["frame", *(f"{name}_{axis}" for name in points for axis in "xy")])
        for frame in range(len(track)):
            shares = [track[name][frame] / track.size for name in points]
            writer.writerow([frame, *(value for xy in shares for value in xy)])
    report = ml.assess_video(table, ml.Options(rate_hz=30, size=(480, 640)))

print(f"{report.movement.name}, {len(report.reps)} repetitions, view {report.view.name}")
knee = report.signals["knee_flexion_right_deg"]
print(f"knee: {knee.min():.0f} to {knee.max():.0f} degrees")
heel = next(finding for finding in report.findings if finding.measure.startswith("heel"))
print(f"{heel.id}: {heel.grade}: {ml.say(f'reason.{heel.reasons[0]}')}")
