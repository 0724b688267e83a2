"""Every number has an interval.

The knee at the lowest point, against own standing, repetition by repetition and over the set. What can't be
known from a side view is NaN and says why; it is never zero.
"""

import movement_lab as ml
from movement_lab.synthetic import Camera, film, repetitions

report = ml.assess(film(repetitions("squat", reps=3), Camera(view="right"), noise_px=1.0))

for m in report.measurements:
    if (m.name, m.side, m.at, m.zero) == ("knee_flexion_deg", "right", "turn", "rel"):
        which = f"repetition {m.rep}" if m.rep else "the set"
        print(f"{which:14} {m.value:4.0f} degrees, 80 % interval {m.low:.0f} to {m.high:.0f}")

for name in ("kasr_ratio", "lumbar_flexion_deg"):
    unknown = next(m for m in report.measurements if m.name == name)
    print(f"{name:18} {unknown.value}: {ml.say(f'reason.{unknown.reasons[0]}')}")
