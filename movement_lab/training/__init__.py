"""Make the small estimators that the product ships, from rendered people and nothing else.

Reading order: `poses` (what people do), `wardrobe` (what they wear), `spine_data` (rendered, seen by the
pose model, stored; resumable), `samples` (stored pictures to features), `train_spine` (fit, calibrate),
`figures` and `card` (how far off it is, in words).

``python -m movement_lab.training`` does all of it; needs the extra `training`.
"""
