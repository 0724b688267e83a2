"""Draw on frames what was measured, and hide faces: pure functions, image in, new image out.

``plan_overlay`` works out once what is to be seen when; ``draw_overlay`` draws one frame of it.
``plan_cover`` and ``cover_faces`` do the same for faces.
"""

from movement_lab.drawing.faces import Cover, cover_faces, plan_cover
from movement_lab.drawing.moment import Overlay
from movement_lab.drawing.overlay import draw_overlay
from movement_lab.drawing.plain import overlay_values
from movement_lab.drawing.plan import plan_overlay

__all__ = ["Cover", "Overlay", "cover_faces", "draw_overlay", "overlay_values", "plan_cover", "plan_overlay"]
