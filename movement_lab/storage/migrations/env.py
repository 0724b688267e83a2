"""Alembic's entrance: migrations run on the connection that `storage.store` hands over."""

from alembic import context

from movement_lab.storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
