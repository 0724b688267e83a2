"""UI-PRMD, people with markers, through our eyes (`compare_uiprmd`), told in a section and a picture.

Reading order: `read` (files), `body` (markers to joints), `film` (standing and cameras), `noise` (a pose
model's errors; `donors` measures them), `compare` and `curves`, `tables`, `effects`, `page`.
"""

from movement_lab.validation.uiprmd.compare import UiprmdResults, compare_uiprmd
from movement_lab.validation.uiprmd.page import draw_uiprmd, uiprmd_section

__all__ = ["UiprmdResults", "compare_uiprmd", "draw_uiprmd", "uiprmd_section"]
