"""Where Arrow comes from: optional, imported when a table is first read or written."""

from __future__ import annotations

from typing import Any

from movement_lab.errors import UsageError

#: What to type where a library of the extra isn't installed.
INSTALL = "pip install 'movement-lab[research]'"


def arrow() -> Any:
    """Return the module ``pyarrow``; UsageError where it isn't installed."""
    try:
        import pyarrow
    except ImportError:
        raise UsageError(f"Tables need the library pyarrow, which isn't installed. Try: {INSTALL}") from None
    return pyarrow


def parquet() -> Any:
    """Return the module ``pyarrow.parquet``; UsageError where it isn't installed."""
    arrow()
    import pyarrow.parquet

    return pyarrow.parquet
