"""Find files that travel beside the code: from the wheel, or from the repository."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def asset(*parts: str) -> Path:
    """Return the path of a shipped file, e.g. ``asset("web", "report.html")``.

    A wheel carries ``web/`` and ``models/manifest.toml`` inside the package (``_assets``);
    an editable install finds them at the top of the repository.
    """
    inside = _PACKAGE.joinpath("_assets", *parts)
    return inside if inside.exists() else _PACKAGE.parent.joinpath(*parts)
