"""Connections that read are kept for the next reader."""

import sqlite3
from pathlib import Path

import pytest

from tracing_lab.embedded.xray.store.connections import ConnectionPool
from tracing_lab.errors import EmbeddedError


@pytest.fixture
def pool(tmp_path: Path) -> ConnectionPool:
    return ConnectionPool(tmp_path / "traces.sqlite3")


def test_a_returned_connection_is_lent_again(pool: ConnectionPool) -> None:
    with pool.borrowed() as first:
        pass
    with pool.borrowed() as second, pool.borrowed() as third:
        assert second is first
        assert third is not first
    pool.close()


def test_a_connection_that_is_out_at_the_end_is_closed_on_return(pool: ConnectionPool) -> None:
    with pool.borrowed() as connection:
        pool.close()
        connection.execute("SELECT 1")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_a_file_that_cannot_be_read_is_named(pool: ConnectionPool) -> None:
    says = r"traces\.sqlite3 cannot be read.*Reset"
    with pytest.raises(EmbeddedError, match=says), pool.borrowed() as connection:
        connection.execute("SELECT * FROM traces")
    pool.close()
