"""A small study.

Twelve people squat to different depths, in front of a camera that is never quite square. How far is the
knee's value from the truth, and do the intervals hold it as often as they should?
"""

import numpy as np

import movement_lab as ml
from movement_lab.synthetic import Camera, film, repetitions

rng = np.random.default_rng(7)
errors, held = [], []
for person in range(12):
    motion = repetitions("squat", reps=3, bottom={"thigh_deg": float(rng.uniform(50, 95))})
    camera = Camera(view="right", yaw_deg=float(rng.uniform(-12, 12)))
    report = ml.assess(film(motion, camera, noise_px=1.5, seed=person))
    frame = round(motion.reps[0].turn_s * 30)
    truth = motion.truth(near="right")["knee_flexion_right_deg"][frame]
    value = next(
        m
        for m in report.measurements
        if (m.name, m.side, m.at, m.zero, m.rep) == ("knee_flexion_deg", "right", "turn", "abs", None)
    )
    errors.append(value.value - truth)
    held.append(value.low <= truth <= value.high)

print(f"mean error {np.mean(np.abs(errors)):.1f} degrees, bias {np.mean(errors):+.1f}")
print(f"the 80 % interval held the truth in {np.mean(held):.0%} of {len(held)} people")
print("(more than 80 %: intervals are made wider for real people than a stick figure needs)")
