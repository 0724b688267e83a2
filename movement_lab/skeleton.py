"""House names of body points, and how they hang together.

The names are MediaPipe's 33 landmarks in its own order (index = row); a backend that sees
more (stickers, back contour, spine points) appends names of its own.
"""

from typing import Final

LANDMARKS: Final[tuple[str, ...]] = (
    "nose",
    "left_eye_inner", "left_eye", "left_eye_outer",
    "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear",
    "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow",
    "left_wrist", "right_wrist",
    "left_pinky", "right_pinky",
    "left_index", "right_index",
    "left_thumb", "right_thumb",
    "left_hip", "right_hip",
    "left_knee", "right_knee",
    "left_ankle", "right_ankle",
    "left_heel", "right_heel",
    "left_foot_index", "right_foot_index",
)  # fmt: skip

SIDES: Final = ("left", "right")

#: Bones whose length should hardly change, as pairs of joint names without the side.
BONES: Final = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("shoulder", "hip"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("heel", "foot_index"),
)

#: A leg's points, without the side: the pose model may take one leg for the other.
LEG: Final = ("hip", "knee", "ankle", "heel", "foot_index")


def twin(name: str) -> str:
    """Return the name of the same point on the other side (``left_hip`` to ``right_hip``).

    Names without a side (``nose``) are their own twin.
    """
    if name.startswith("left_"):
        return "right_" + name[5:]
    if name.startswith("right_"):
        return "left_" + name[6:]
    if name.endswith("_left"):
        return name[:-4] + "right"
    if name.endswith("_right"):
        return name[:-5] + "left"
    return name


MIRRORED: Final = tuple(LANDMARKS.index(twin(name)) for name in LANDMARKS)
"""Index of each landmark's twin: ``xy[:, MIRRORED]`` swaps left and right."""
