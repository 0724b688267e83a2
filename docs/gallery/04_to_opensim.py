"""To OpenSim and back.

Joint angles in OpenSim's names and signs, and markers in metres. Only what was measured is there: a side
view without stickers has knees and ankles, and no low back. The markers can be assessed again and give the
same angles.
"""

import tempfile
from pathlib import Path

import numpy as np

import movement_lab as ml
from movement_lab.formats import left_out
from movement_lab.synthetic import Camera, film, repetitions

report = ml.assess(film(repetitions("squat", reps=3), Camera(view="left")), height_cm=175)

with tempfile.TemporaryDirectory() as folder:
    files = {path.name: path for path in ml.export_formats(report, Path(folder), ["mot", "trc"])}
    lines = files["angles.mot"].read_text().splitlines()
    print(lines[lines.index("endheader") + 1])
    again = ml.assess_video(files["points.trc"])

for name, reasons in left_out(report).items():
    print(f"not there: {name}: {ml.say(f'reason.{reasons[0]}')}")
knee = "knee_flexion_left_deg"
gap = np.nanmax(np.abs(again.signals[knee] - report.signals[knee]))
print(f"knee, there and back: the greatest difference is {gap:.2f} degrees")
