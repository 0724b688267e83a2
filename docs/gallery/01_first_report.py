"""A first report.

A stick figure squats; its heels lift by 14 degrees at the bottom. `assess` judges the track of its body
points exactly as it would judge a video's: recognise, count, measure, compare with the table.
"""

import movement_lab as ml
from movement_lab.synthetic import Camera, film, repetitions

motion = repetitions("squat", reps=5, bottom={"heel_rise_left_deg": 14, "heel_rise_right_deg": 14})
report = ml.assess(film(motion, Camera(view="left")))

print(f"{report.movement.name}, {len(report.reps)} repetitions, seen from the {report.view.name}")
for finding in report.findings:
    if finding.grade not in ("none", "not_graded") and finding.graded_kind == "graded":
        print(f"{ml.say(f'finding.{finding.id}.title')}: {finding.grade}, {finding.value:.0f} degrees")

assert any(finding.id == "heel_rise" for finding in report.findings)
