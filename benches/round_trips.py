#!/usr/bin/env python3
"""How many round trips the commands make, and how long they take over a link of 50 ms.

    cargo build -p xtask && python3 benches/round_trips.py PROXY [MIGRATIONS]

PROXY is a script that is called with LISTEN_PORT TARGET_HOST TARGET_PORT DELAY_MS, delays every packet by
that much each way, and prints `@ TURNS` when a connection closes: how often a packet of the client followed
one of the server, the startup among them. Everything else is made here and removed again: a PostgreSQL
server on loopback (TRUELINE_PG_BIN, else Debian's newest, else from PATH) and workspaces. Times are on the
dev profile that `cargo xtask` uses, without cargo's own start.
"""

import hashlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
XTASK = HERE / "target/debug/xtask"
NOBODY = 65534


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def programs():
    """The directory of PostgreSQL's programs."""
    if named := os.environ.get("TRUELINE_PG_BIN"):
        return pathlib.Path(named)
    debian = pathlib.Path("/usr/lib/postgresql")
    majors = sorted((int(entry.name) for entry in debian.iterdir() if entry.name.isdigit()) if debian.exists() else [])
    return debian / str(majors[-1]) / "bin" if majors else pathlib.Path(shutil.which("postgres")).parent


def workspace(root, count):
    """A workspace of so many one-statement migrations."""
    (root / "migrations/meta").mkdir(parents=True)
    (root / "schema").mkdir()
    (root / "Cargo.toml").write_text("[workspace]\nmembers = []\n")
    entries = []
    for number in range(count):
        tag, sql = f"{number:04}_t", f"CREATE TABLE t{number} (id integer PRIMARY KEY, name text);\n"
        (root / f"migrations/{tag}.sql").write_text(sql)
        (root / f"schema/{tag}.sql").write_text(sql)
        entries.append({"idx": number, "version": "7", "when": 1700000000000 + number, "tag": tag, "breakpoints": True,
                        "hash": hashlib.sha256(sql.encode()).hexdigest()})
    lines = ",\n".join("    " + json.dumps(entry, separators=(",", ":")) for entry in entries)
    journal = '{\n  "version": "7",\n  "dialect": "postgresql",\n  "entries": [\n' + lines + "\n  ]\n}\n"
    (root / "migrations/meta/_journal.json").write_text(journal)
    return root


class Link:
    """The proxy in front of the server, and what it counts."""

    def __init__(self, script, folder, target):
        self.port, self.log = free_port(), folder / "proxy.log"
        with self.log.open("w") as log:
            command = [sys.executable, "-u", script, str(self.port), "127.0.0.1", str(target), "25"]
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.DEVNULL)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        time.sleep(0.5)

    def measure(self, run):
        """The turns of each connection that `run` makes, and the seconds that it takes."""
        before = len(self.log.read_text())
        started = time.perf_counter()
        run()
        took = time.perf_counter() - started
        time.sleep(0.3)
        return [int(turns) for turns in re.findall(r"@ (\d+)", self.log.read_text()[before:])], took


def main():
    script, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    folder = pathlib.Path(tempfile.mkdtemp(prefix="trueline-bench-"))
    os.chmod(folder, 0o755)
    data, bin_dir, port = folder / "data", programs(), free_port()
    as_user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    if as_user:
        data.mkdir()
        os.chown(data, NOBODY, NOBODY)
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([bin_dir / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"], cwd="/", **quiet, **as_user)
    server = subprocess.Popen(
        [bin_dir / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c",
         "unix_socket_directories="], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user)
    link = None

    def psql(sql, database="postgres", through=port):
        subprocess.run(["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(through), "-U", "postgres", "-c", sql, database],
                       env={**os.environ, "PGSSLMODE": "disable", "PGGSSENCMODE": "disable"}, **quiet)

    try:
        while subprocess.run([bin_dir / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]).returncode:
            time.sleep(0.05)
        link = Link(script, folder, port)

        def xtask(root, database, *args):
            url = f"postgres://postgres@127.0.0.1:{link.port}/{database}?sslmode=disable"
            env = {**os.environ, "DATABASE_URL": url, "TRUELINE_DATA_DIR": str(folder / "home")}
            return lambda: subprocess.run([XTASK, "--root", root, *args], env=env, check=True, capture_output=True)

        rows = [("psql -c 'select 1'", lambda: psql("select 1", through=link.port))]
        for number in (1, count):
            root, database = workspace(folder / f"w{number}", number), f"d{number}"
            psql(f"create database {database}")
            # The snapshot, so that verifying needs no shadow.
            subprocess.run([XTASK, "--root", root, "db-generate"], check=True, capture_output=True)
            rows.append((f"db-migrate, {number} pending", xtask(root, database, "db-migrate")))
            rows.append((f"db-migrate, nothing pending, {number} applied", xtask(root, database, "db-migrate")))
        rows.append((f"db-verify, {count} tables", xtask(root, database, "db-verify")))
        rows.append((f"db-status, {count} applied", xtask(root, database, "db-status")))
        rows.append((f"prebuild, nothing to do", xtask(root, database, "prebuild")))
        print("turns of each connection, the startup among them; seconds over a link of 50 ms")
        for name, run in rows:
            turns, took = link.measure(run)
            print(f"{name:44} {'+'.join(map(str, turns)):>6}  {took:6.2f} s")
    finally:
        for process in (link and link.process, server):
            if process:
                process.terminate()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
