"""The back's edge: found where it was drawn, to a fraction of a pixel, and refused where it is no back."""

import numpy as np
import pytest

from movement_lab.skeleton import LANDMARKS
from movement_lab.spine.contour import STATIONS, Outlines, back_edge, stack_outlines, trace
from movement_lab.spine.contour_checks import contour_checks

SIZE = (480, 640)  # width, height
CORE = (STATIONS > -0.2) & (STATIONS < 1.0)


def person(*, hip=(240.0, 400.0), trunk_px=150.0, lean_deg=0.0, facing=1, arm=None):
    """33 landmarks: a trunk that leans forward, arms hanging along it unless told otherwise."""
    lean = np.radians(lean_deg)
    along = np.array([facing * np.sin(lean), -np.cos(lean)])
    behind = facing * np.array([along[1], -along[0]])
    points = np.full((33, 2), np.nan)
    shoulder = np.array(hip) + trunk_px * along
    elbow, wrist = arm or ((0.45, -0.05), (0.0, -0.2))
    places = {
        "hip": np.array(hip),
        "shoulder": shoulder,
        "elbow": hip + trunk_px * (elbow[0] * along + elbow[1] * behind),
        "wrist": hip + trunk_px * (wrist[0] * along + wrist[1] * behind),
    }
    for name, place in places.items():
        for side in ("left", "right"):
            points[LANDMARKS.index(f"{side}_{name}")] = place
    return points, along, behind


def drawn(points, along, behind, *, back, front=lambda share: 0.2 + 0 * share):
    """A soft mask of a body whose edges lie at ``back`` and ``front`` trunk lengths; 1 pixel from 1 to 0."""
    hip, shoulder = points[23], points[11]
    trunk_px = np.linalg.norm(shoulder - hip)
    x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    offset = np.stack([x, y], axis=-1) - hip
    share, off = offset @ along / trunk_px, offset @ behind
    inside = np.minimum(back(share) * trunk_px - off, off + front(share) * trunk_px)
    ends = trunk_px * np.minimum(share + 0.7, 1.5 - share)
    return np.clip(np.minimum(inside, ends) + 0.5, 0, 1).astype(np.float32)


def straight(share):
    return 0.22 + 0 * share


def curved(share):
    return 0.18 + 0.09 * np.sin(2.5 * share + 0.4)


# ---------------------------------------------------------------- where the edge is


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize("lean_deg", [0, 37, 100, 165])
@pytest.mark.parametrize("back", [straight, curved])
def test_edges_lie_where_they_were_drawn_within_a_fifth_of_a_pixel(facing, lean_deg, back):
    hip = (240.0, 400.0) if lean_deg < 90 else (240.0, 250.0)
    points, along, behind = person(hip=hip, lean_deg=lean_deg, facing=facing)
    mask = drawn(points, along, behind, back=back)
    found, front = back_edge(mask, points, facing=facing)
    assert np.abs(found - back(STATIONS))[CORE].max() * 150 < 0.2
    assert np.abs(front - 0.2)[CORE].max() * 150 < 0.2


def test_a_trunk_between_pixels_moves_its_edge_along():
    for shift in (0.0, 0.3, 0.71):
        points, along, behind = person(hip=(240.0 + shift, 400.0 - shift / 2), lean_deg=20)
        mask = drawn(points, along, behind, back=straight)
        found, _ = back_edge(mask, points, facing=1)
        assert np.abs(found - 0.22)[CORE].max() * 150 < 0.2


def test_the_picture_s_own_edge_corrects_a_mask_that_is_off():
    points, along, behind = person(lean_deg=30)
    true = drawn(points, along, behind, back=curved)
    off_px = 1.6
    mask = drawn(points, along, behind, back=lambda share: curved(share) + off_px / 150)
    picture = (60 + 120 * true)[..., None] * np.array([1.0, 0.8, 0.9])
    plain, fine = (back_edge(mask, points, facing=1, picture=given)[0] for given in (None, picture))
    assert np.abs(plain - curved(STATIONS))[CORE].mean() * 150 > 1.4
    assert np.abs(fine - curved(STATIONS))[CORE].mean() * 150 < 0.5


def test_a_picture_without_an_edge_leaves_the_mask_s():
    points, along, behind = person()
    mask = drawn(points, along, behind, back=straight)
    blank = np.full((*mask.shape, 3), 120.0)
    plain, fine = (back_edge(mask, points, facing=1, picture=given)[0] for given in (None, blank))
    np.testing.assert_allclose(fine, plain)


def test_where_the_picture_ends_there_is_no_edge():
    points, along, behind = person(hip=(20.0, 400.0), facing=1)
    mask = drawn(points, along, behind, back=straight)
    found, front = back_edge(mask, points, facing=1)
    assert np.isnan(found[CORE]).all()
    assert np.isfinite(front[CORE]).all()


def test_nobody_has_no_edges():
    sides, broken, trunk_px = trace(np.zeros((64, 64)), np.full((33, 2), np.nan))
    assert np.isnan(sides).all()
    assert not broken.any()
    assert np.isnan(trunk_px)


# ---------------------------------------------------------------- when it is no back


def reasons(mask, points, facing=1):
    checks = contour_checks(stack_outlines([trace(mask, points)]), points[None], facing=facing)
    return {reason for reason, passed in checks.items() if not passed[0]}


def torn(share):
    """A piece of the back is missing, as if bitten off."""
    return np.where((share > 0.3) & (share < 0.5), -0.05, 0.22)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_whole_back_passes(facing):
    points, along, behind = person(lean_deg=40, facing=facing)
    assert reasons(drawn(points, along, behind, back=curved), points, facing) == set()


@pytest.mark.parametrize("facing", [1, -1])
def test_a_torn_mask_is_named(facing):
    points, along, behind = person(lean_deg=40, facing=facing)
    assert "back_edge_torn" in reasons(drawn(points, along, behind, back=torn), points, facing)


def test_a_piece_of_the_person_behind_a_gap_is_named():
    points, along, behind = person()
    mask = drawn(points, along, behind, back=straight)
    x = np.arange(SIZE[0]) + 0.5
    mask[300:380, (x > 240 - 60) & (x < 240 - 45)] = 1  # 0.3 to 0.4 trunk lengths behind, the edge is at 0.22
    assert "back_edge_torn" in reasons(mask, points)


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize(
    "arm",
    [
        ((0.45, 0.3), (0.1, 0.25)),  # hand on the low back, elbow out behind
        ((0.5, 0.1), (0.35, 0.2)),  # forearm across the back's edge
        ((0.5, -0.1), (0.2, 0.2)),  # only the wrist reaches it
    ],
)
def test_an_arm_over_the_back_is_named(arm, facing):
    points, along, behind = person(lean_deg=25, arm=arm, facing=facing)
    assert reasons(drawn(points, along, behind, back=straight), points, facing) == {"arm_over_back"}


def test_arms_in_front_or_hanging_do_not_cover_the_back():
    for arm in (((0.45, -0.05), (0.0, -0.1)), ((0.8, -0.6), (0.7, -1.1)), ((0.9, -0.5), (0.8, -1.0))):
        points, along, behind = person(lean_deg=60, arm=arm)
        assert reasons(drawn(points, along, behind, back=straight), points) == set()


def test_a_person_too_small_is_named():
    points, along, behind = person(trunk_px=40)
    assert reasons(drawn(points, along, behind, back=straight), points) == {"back_too_small"}


def test_a_back_that_is_not_seen_is_named_once():
    points, *_ = person()
    assert reasons(np.zeros(SIZE[::-1]), points) == {"back_not_seen"}


def test_sides_swap_with_the_facing():
    sides = np.arange(2.0 * len(STATIONS)).reshape(1, 2, -1)
    outlines = Outlines(sides, np.zeros(sides.shape, bool), np.array([100.0]))
    np.testing.assert_array_equal(outlines.back(1), outlines.front(-1))
    np.testing.assert_array_equal(outlines.back(-1), sides[:, 1])
