"""The database a build was made in, read and written the same way whichever engine it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy

from cx_warehouse.errors import DataError, WrongUse, first_sentence
from cx_warehouse.workspace import Workspace

# "cx" and "warehouse" in digits: any number, as long as no one else takes it.
LOCK_KEY = 2398_9277_3783


def build_url(target: str, workspace: Workspace) -> sqlalchemy.URL:
    """Where the build of a target is; PostgreSQL by the environment variables of profiles.yml."""
    if target == "duckdb":
        return sqlalchemy.URL.create("duckdb", database=str(workspace.build_file))
    return sqlalchemy.URL.create(
        "postgresql+psycopg2",
        username=os.environ.get("CX_POSTGRES_USER", "postgres"),
        password=os.environ.get("CX_POSTGRES_PASSWORD") or None,
        host=os.environ.get("CX_POSTGRES_HOST", "localhost"),
        port=postgres_port(),
        database=os.environ.get("CX_POSTGRES_DATABASE", "cx_warehouse"),
    )


def postgres_port() -> int:
    """The port of CX_POSTGRES_PORT."""
    text = os.environ.get("CX_POSTGRES_PORT", "5432")
    if not text.isdigit():
        raise WrongUse(f"The environment variable CX_POSTGRES_PORT is {text}, which is no port.")
    return int(text)


@contextmanager
def alone_in_database(target: str, workspace: Workspace) -> Iterator[None]:
    """Hold the database that a target builds in alone; the lock dies with the process.

    DuckDB builds in a file of the destination's own, which the destination's lock holds. PostgreSQL builds of
    different destinations share their schemas.

    Raises:
        DataError: it cannot be reached, or another run holds it.
    """
    if target == "duckdb":
        yield
        return
    url = build_url(target, workspace)
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    try:
        connection = engine.connect()
    except sqlalchemy.exc.SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise DataError(
            f"The database {url.database} at {url.host}:{url.port} cannot be reached: "
            f"{first_sentence(cause)}. Set CX_POSTGRES_HOST, _PORT, _USER, _PASSWORD and _DATABASE."
        ) from error
    with connection:
        if not connection.scalar(sqlalchemy.text(f"select pg_try_advisory_lock({LOCK_KEY})")):
            raise DataError(
                f"Another cx is at work in the database {url.database} at {url.host}:{url.port}; wait for it."
            )
        # The lock belongs to the session, so that no transaction stays open while the build goes on.
        connection.commit()
        yield


class BuildDatabase:
    """An open connection to the build."""

    def __init__(self, connection: sqlalchemy.Connection) -> None:
        """Wrap a connection."""
        self.connection = connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        return [tuple(row) for row in self.connection.execute(sqlalchemy.text(sql))]

    def has(self, schema: str, table: str) -> bool:
        """Whether a table or view is there."""
        found = self.connection.execute(
            sqlalchemy.text(
                "select 1 from information_schema.tables where table_schema = :schema and table_name = :table"
            ),
            {"schema": schema, "table": table},
        )
        return found.first() is not None

    def columns(self, schema: str, table: str) -> list[str]:
        """The names of a table's columns, in order."""
        return [
            row[0]
            for row in self.connection.execute(
                sqlalchemy.text(
                    "select column_name from information_schema.columns "
                    "where table_schema = :schema and table_name = :table order by ordinal_position"
                ),
                {"schema": schema, "table": table},
            )
        ]


@contextmanager
def open_build(target: str, workspace: Workspace) -> Iterator[BuildDatabase]:
    """The build's database, in one transaction that ends with the block.

    Raises:
        DataError: it cannot be opened or does not answer as it should.
    """
    engine = sqlalchemy.create_engine(build_url(target, workspace), poolclass=sqlalchemy.NullPool)
    try:
        with engine.begin() as connection:
            yield BuildDatabase(connection)
    except sqlalchemy.exc.SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise DataError(f"The build cannot be read: {first_sentence(cause)}.") from error
    finally:
        engine.dispose()
