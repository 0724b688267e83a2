"""Migrations follow one another, and lead to the tables that the code knows."""

import shutil
import sqlite3

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from movement_lab.storage import open_store
from movement_lab.storage.models import Base
from movement_lab.storage.store import newest_version

VERSIONS = "movement_lab/storage/migrations/versions"


def test_each_migration_has_a_number_of_its_own_and_follows_the_one_before(repo):
    files = sorted((repo / VERSIONS).glob("[0-9]*.py"))
    numbers = [path.stem.split("_")[0] for path in files]
    assert numbers == [f"{number:04}" for number in range(1, len(files) + 1)]
    for number, before, path in zip(numbers, [None, *numbers], files, strict=False):
        text = path.read_text()
        assert f'revision = "{number}"' in text, path.name
        assert f"down_revision = {before and chr(34) + before + chr(34)}" in text, path.name
    assert newest_version() == numbers[-1]


def test_they_lead_to_the_tables_that_the_code_knows(tmp_path):
    store = open_store(tmp_path / "data")
    with store.engine.connect() as connection:
        assert (
            compare_metadata(
                MigrationContext.configure(connection, opts={"compare_type": False}), Base.metadata
            )
            == []
        )
    store.close()


def test_a_copy_of_a_database_is_whole_after_its_backup(tmp_path):
    store = open_store(tmp_path / "data")
    (tmp_path / "copy").mkdir()
    with (
        sqlite3.connect(store.folder.database) as live,
        sqlite3.connect(tmp_path / "copy/workspace.sqlite") as copy,
    ):
        live.backup(copy)
    live.close()
    copy.close()
    shutil.copytree(store.folder.assessments, tmp_path / "copy/assessments")
    again = open_store(tmp_path / "copy")
    assert again.is_whole()
    again.close()
    store.close()
