"""Pose model files: which there are, where they lie, whether they are whole, how to get them.

``find_model("heavy")`` is all most callers need. Reading order: `files` (what people ask for),
`manifest` (the table it goes by), `sources` (where models come from), `recipes` (how a bundle is
put together from bare networks), `fetch` (downloads, pip, npm).
"""

from movement_lab.weights.files import (
    ModelFile,
    find_model,
    inspect_model,
    list_models,
    model_folder,
    pull_model,
    verify_models,
)

__all__ = [
    "ModelFile",
    "find_model",
    "inspect_model",
    "list_models",
    "model_folder",
    "pull_model",
    "verify_models",
]
