"""A PostgreSQL server of the tests' own: free port, private socket folder, password, loopback only."""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest


def server_programs() -> Path | None:
    """The folder with initdb and pg_ctl, or None where no server is installed."""
    found = shutil.which("initdb")
    candidates = [Path(found).parent] if found else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def require_programs() -> Path:
    """The server's programs; skips the test without them, or fails where CX_REQUIRE_TOOLS is set."""
    programs = server_programs()
    if programs is None:
        if os.environ.get("CX_REQUIRE_TOOLS"):
            pytest.fail("PostgreSQL is not installed, and CX_REQUIRE_TOOLS says it must be.")
        pytest.skip("PostgreSQL is not installed.")
    return programs


@contextmanager
def postgres_server(folder: Path) -> Iterator[Mapping[str, str]]:
    """Start a server under `folder`; gives the settings of its database `postgres`, stops it at the end."""
    programs = require_programs()
    password = secrets.token_hex(16)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, sockets, secret = folder / "data", folder / "sockets", folder / "password"
    sockets.mkdir(parents=True)
    secret.write_text(password)
    # PostgreSQL refuses to run as root: CI's containers are root, so it runs as the package's own user there.
    as_user: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        for path in (sockets, secret):
            shutil.chown(path, "postgres")
        for parent in folder.parents:
            if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o001)
        as_user = ["runuser", "-u", "postgres", "--"]
    subprocess.run(
        [*as_user, str(programs / "initdb"), "-D", str(data), "-U", "cx", f"--pwfile={secret}",
         "-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"],
        check=True, capture_output=True,
    )  # fmt: skip
    options = f"-p {port} -k {sockets} -c listen_addresses=127.0.0.1 -c fsync=off -c timezone=Asia/Tokyo"
    control = [*as_user, str(programs / "pg_ctl"), "-D", str(data), "-w"]
    subprocess.run(
        [*control, "-o", options, "-l", str(folder / "data" / "server.log"), "start"],
        check=True, capture_output=True,
    )  # fmt: skip
    settings = {
        "CX_TARGET": "postgres",
        "CX_POSTGRES_HOST": "127.0.0.1",
        "CX_POSTGRES_PORT": str(port),
        "CX_POSTGRES_USER": "cx",
        "CX_POSTGRES_PASSWORD": password,
        "CX_POSTGRES_DATABASE": "postgres",
    }
    try:
        yield settings
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)


def new_database(server: Mapping[str, str], name: str) -> Mapping[str, str]:
    """Create a database on the server; gives the environment that profiles.yml reads."""
    with closing(open_connection(server)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f'create database "{name}"')
    return {**server, "CX_POSTGRES_DATABASE": name}


def open_connection(settings: Mapping[str, str]) -> Any:
    """A connection to the database that `settings` name."""
    return psycopg2.connect(
        host=settings["CX_POSTGRES_HOST"],
        port=settings["CX_POSTGRES_PORT"],
        user=settings["CX_POSTGRES_USER"],
        password=settings["CX_POSTGRES_PASSWORD"],
        dbname=settings["CX_POSTGRES_DATABASE"],
    )


@contextmanager
def connect(settings: Mapping[str, str]) -> Iterator[Any]:
    """A connection to the database that `settings` name; what was written is committed at the end."""
    with closing(open_connection(settings)) as connection, connection:
        yield connection
