"""What a result depends on, as short hashes: same hash, same result, nothing to do again.

Code is fingerprinted by what it does: comments, docstrings and layout don't count. Which files count is
read off their imports, so that a new module is never forgotten.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

_PACKAGE: Final = Path(__file__).parent
_NAME: Final = _PACKAGE.name


@cache
def following_code() -> str:
    """Return the fingerprint of the code between a video and a raw track, and of its libraries."""
    code = code_fingerprint(modules_behind("tracking", "backends.mediapipe"))
    return short_hash([code, versions_of("mediapipe", "opencv-contrib-python", "av", "numpy")])


@cache
def judging_code() -> str:
    """Return the fingerprint of the code between a raw track and a report, and of its libraries."""
    code = code_fingerprint(modules_behind("pipeline"))
    return short_hash([code, versions_of("numpy", "scipy")])


def modules_behind(*names: str) -> list[Path]:
    """Return the files of this package that some of its modules import, directly or not, in order."""
    found: set[Path] = set()
    waiting = [path for name in names for path in _files(f"{_NAME}.{name}")]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [each for name in _imports(path) for each in _files(name)]
    return sorted(found)


def code_fingerprint(paths: Iterable[Path]) -> str:
    """Return a hash of what Python files do; their comments and docstrings may change."""
    return short_hash([(path.name, ast.dump(_bare(path.read_text(encoding="utf-8")))) for path in paths])


def short_hash(value: Any) -> str:
    """Return 16 hex digits of the SHA-256 of plain values."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def versions_of(*names: str) -> dict[str, str]:
    """Return the versions of installed libraries, ``absent`` where one isn't there."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Return the dotted names a file imports; ``from a import b`` also names ``a.b``: it may be a module."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


def _files(name: str) -> list[Path]:
    """Return the files behind a dotted name of this package: the module, and the packages around it."""
    top, *parts = name.split(".")
    if top != _NAME:
        return []
    around = [_PACKAGE.joinpath(*parts[:count], "__init__.py") for count in range(1, len(parts) + 1)]
    module = _PACKAGE.joinpath(*parts).with_suffix(".py") if parts else None
    return [path for path in [*around, module] if path is not None and path.is_file()]


def _bare(source: str) -> ast.Module:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return tree
