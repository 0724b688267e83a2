"""How far off are we? Rendered people whose angles are known go through the real pipeline.

Reading order: `matrix` (which scenes), `run` and `stages` (film, follow, assess; resumable), `compare` (truth
against report), `tables` and `bar` (figures), `plots` and `page` (``docs/accuracy.md``),
`intervals` (what the product's own intervals are made of). The spine has its own: `spine_compare` (what a
row holds of it), `spine_values`, `spine_bar`, `spine_tables`, `spine_plots`, `spine_page`.

>>> from movement_lab.validation import run_validation
>>> results = run_validation(Path("out/validation"), subset="quick")      # doctest: +SKIP
"""

from movement_lab.validation.matrix import Case, cases
from movement_lab.validation.run import Results, load_results, run_validation

__all__ = ["Case", "Results", "cases", "load_results", "run_validation"]
