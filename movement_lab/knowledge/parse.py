"""Turn plain TOML tables into records, naming the place of whatever doesn't fit."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from movement_lab.errors import KnowledgeError

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Where:
    """The place in the tables that a message is about: a file and, inside it, a row."""

    file: str
    row: str = ""

    def __str__(self) -> str:
        return f"{self.file}, {self.row}" if self.row else self.file

    def wrong(self, found: str, expected: str) -> KnowledgeError:
        """Return the error to raise: what was found, and what was expected instead."""
        return KnowledgeError(f"{self}: {found}. Expected {expected}. Change that row of the table.")


def build(cls: type[Row], raw: object, where: Where) -> Row:
    """Make a record of type ``cls`` from a TOML table, checking every key and every type.

    Raises
    ------
    KnowledgeError
        If ``raw`` is no table, a key is unknown or missing, or a value has the wrong type.
    """
    if not isinstance(raw, Mapping):
        raise where.wrong(f"{raw!r} is no table", "a table of keys and values")
    hints = _hints(cls)
    for key in raw:
        if key not in hints:
            raise where.wrong(f"unknown key {key!r}", f"one of {_known(hints)}")
    for missing in _required(cls) - set(raw):
        raise where.wrong(f"the key {missing!r} is missing", f"all of {_known(_required(cls))}")
    return cls(**{key: convert(value, hints[key], key, where) for key, value in raw.items()})


def convert(value: object, hint: Any, key: str, where: Where) -> Any:
    """Return ``value`` as the type ``hint`` asks for; KnowledgeError if it is another kind of thing."""
    if get_origin(hint) is Literal:
        return _choice(value, get_args(hint), key, where)
    if get_origin(hint) in (Union, types.UnionType):
        return _union(value, get_args(hint), key, where)
    if get_origin(hint) is tuple:
        return _tuple(value, get_args(hint)[0], key, where)
    if get_origin(hint) is Mapping:
        return _mapping(value, get_args(hint)[1], key, where)
    if is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, where)
    return _plain(value, hint, key, where)


def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _required(cls: Any) -> frozenset[str]:
    """Names of the fields without a default."""
    bare = (each for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING)
    return frozenset(each.name for each in bare)


def _known(names: Any) -> str:
    return ", ".join(sorted(str(name) for name in names if name != ""))


def _choice(value: object, known: tuple[Any, ...], key: str, where: Where) -> Any:
    if value not in known:
        raise where.wrong(f"{key} is {value!r}", f"one of {_known(known)}")
    return value


def _union(value: object, members: tuple[Any, ...], key: str, where: Where) -> Any:
    """A union of Literals is one larger choice; otherwise None is the only other member."""
    if all(get_origin(member) is Literal for member in members):
        return _choice(value, tuple(name for member in members for name in get_args(member)), key, where)
    return convert(value, next(m for m in members if m is not type(None)), key, where)


def _tuple(value: object, item: Any, key: str, where: Where) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise where.wrong(f"{key} is {value!r}", "a list")
    return tuple(convert(each, item, key, where) for each in value)


def _mapping(value: object, item: Any, key: str, where: Where) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise where.wrong(f"{key} is {value!r}", "a table")
    return {name: convert(each, item, f"{key}.{name}", where) for name, each in value.items()}


def _plain(value: object, hint: type, key: str, where: Where) -> Any:
    """Check a string, a truth value or a number; whole numbers become floats."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if hint is float and number:
        return float(value)  # type: ignore[arg-type]
    if hint is float or not isinstance(value, hint):
        names = {float: "a number", str: "a text", bool: "true or false"}
        raise where.wrong(f"{key} is {value!r}", names[hint])
    return value
