#!/usr/bin/env python3
"""Applying migrations, side by side with psql and with other runners, in one run.

    cargo build -p xtask [--release] && python3 benches/runner.py BENCH_FOLDER [ROUNDS] [MIGRATIONS]

BENCH_FOLDER holds `gen_migrations.py` (the same one-statement migrations in everybody's layout) and
`delay_proxy.py` (a TCP proxy that delays each way and counts round trips). Figures are medians over ROUNDS
(default 5) interleaved rounds on a stock PostgreSQL that this starts on loopback. Both builds of xtask are
measured where they are there. drizzle-orm and dbmate are installed with npm into a temporary folder, sqlx is taken
from PATH; whoever cannot be had is named. Nothing is left behind.
"""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
DELAY_MS = 25
NOTHING = "SELECT 1"
DRIZZLE = """
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
const client = postgres(process.env.DATABASE_URL, { max: 1, onnotice: () => {} });
await migrate(drizzle(client), { migrationsFolder: process.argv[2] });
await client.end();
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def bin_dir():
    found = shutil.which("pg_ctl")
    installed = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found and not installed:
        sys.exit("no PostgreSQL is installed")
    return pathlib.Path(found or installed[-1]).resolve().parent


class Server:
    """A PostgreSQL with stock settings on loopback."""

    def __init__(self, folder):
        self.port, self.data, self.bin = free_port(), folder / "data", bin_dir()
        as_user = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self.data.mkdir()
            os.chown(self.data, nobody.pw_uid, nobody.pw_gid)
        environment = {**os.environ, "LC_ALL": "C"}
        subprocess.run([self.bin / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
                       check=True, stdout=subprocess.DEVNULL, env=environment, cwd="/", **as_user)
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, "-p", str(self.port), "-k", self.data],
                stdout=log, stderr=log, env=environment, cwd="/", **as_user)
        while subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode:
            time.sleep(0.05)

    def url(self, database, port=None):
        return f"postgres://postgres@127.0.0.1:{port or self.port}/{database}?sslmode=disable"

    def fresh(self, name):
        for sql in (f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}"):
            subprocess.run(["psql", "-qX", self.url("postgres"), "-c", sql], check=True, stderr=subprocess.DEVNULL)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


class Delay:
    """The delaying proxy; `turns` are the round trips of connections that have ended."""

    def __init__(self, bench, server):
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, bench / "delay_proxy.py", str(self.port), "127.0.0.1", str(server.port), str(DELAY_MS)],
            stdout=subprocess.PIPE, text=True)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                time.sleep(0.05)
        self.turns()

    def turns(self):
        time.sleep(0.3)
        os.set_blocking(self.process.stdout.fileno(), False)
        lines = []
        while line := self.process.stdout.readline():
            lines.append(int(line.split()[1]))
        return sum(lines)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def peers(folder, migrations):
    """Everybody: name, command for a URL, and whether a second run is a run with nothing to do."""
    workspace = folder / "workspace"
    workspace.mkdir()
    (workspace / "Cargo.toml").write_text("[workspace]\nmembers = []\n")
    shutil.copytree(migrations / "drizzle", workspace / "migrations")
    found = [("psql, one transaction each", lambda url: ["psql", "-qX", url, "-f", migrations / "all.sql"], False)]
    for profile, name in (("debug", "trueline, dev profile"), ("release", "trueline, release")):
        xtask = HERE / "target" / profile / "xtask"
        if xtask.exists():
            found.append((name, lambda url, xtask=xtask: [xtask, "--root", workspace, "db-migrate"], True))
        else:
            print(f"({name}: {xtask.relative_to(HERE)} is not built)")
    node = folder / "node"
    node.mkdir()
    (node / "package.json").write_text('{"type":"module","private":true}')
    for package, wanted in (("drizzle-orm", ["drizzle-orm@0.45", "postgres"]), ("dbmate", ["dbmate"])):
        made = shutil.which("npm") and subprocess.run(
            ["npm", "install", "--silent", "--no-audit", "--no-fund", *wanted], cwd=node, capture_output=True)
        if not made or made.returncode:
            print(f"({package}: npm cannot install it)")
        elif package == "dbmate":
            program = node / "node_modules/.bin/dbmate"
            found.append(("dbmate", lambda url: [program, "--url", url, "--migrations-dir", migrations / "dbmate",
                                                 "--no-dump-schema", "migrate"], True))
        else:
            (node / "migrate.js").write_text(DRIZZLE)
            found.append(("drizzle-orm", lambda url: ["node", node / "migrate.js", migrations / "drizzle"], True))
    if sqlx := shutil.which("sqlx"):
        found.append(("sqlx", lambda url: [sqlx, "migrate", "run", "--source", migrations / "sqlx"], True))
    else:
        print("(sqlx: not on PATH; `cargo install sqlx-cli --no-default-features --features postgres`)")
    return found


def timed(command, url):
    start = time.monotonic()
    done = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True)
    took = time.monotonic() - start
    if done.returncode:
        sys.exit(f"{command}: {done.stdout}{done.stderr}")
    return took


def measure(server, everybody, rounds):
    """Seconds to apply and, where that means something, to find nothing to do."""
    times = {}
    for _ in range(rounds):
        for name, command, again in everybody:
            server.fresh("bench")
            url = server.url("bench")
            times.setdefault((name, "apply"), []).append(timed(command(url), url))
            if again:
                # The first look at a ledger just written sets hint bits: what counts are the others.
                timed(command(url), url)
                times.setdefault((name, "nothing"), []).append(timed(command(url), url))
        url = server.url("postgres")
        times.setdefault((f"psql -c '{NOTHING}'", "nothing"), []).append(
            timed(["psql", "-qX", url, "-c", NOTHING], url))
    return {key: statistics.median(values) for key, values in times.items()}


def far(server, delay, everybody):
    """Seconds and round trips through the delaying proxy, once."""
    found = {}
    for name, command, again in everybody:
        server.fresh("bench")
        url = server.url("bench", delay.port)
        for what in ("apply", "nothing") if again else ("apply",):
            took = timed(command(url), url)
            found[name, what] = (took, delay.turns())
    url = server.url("postgres", delay.port)
    found[f"psql -c '{NOTHING}'", "nothing"] = (timed(["psql", "-qX", url, "-c", NOTHING], url), delay.turns())
    return found


def main():
    bench = pathlib.Path(sys.argv[1]).resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    folder = pathlib.Path(tempfile.mkdtemp(prefix="trueline-bench-"))
    os.chmod(folder, 0o755)
    server = Server(folder)
    try:
        for number in (count, 100):
            subprocess.run([sys.executable, bench / "gen_migrations.py", str(number), folder / str(number)], check=True)
        everybody = peers(folder, folder / str(count))
        near = measure(server, everybody, rounds)
        psql, one = near["psql, one transaction each", "apply"], near[f"psql -c '{NOTHING}'", "nothing"]
        print(f"\n| {count} migrations, loopback | apply s | × psql | nothing to do s | × psql -c '{NOTHING}' |")
        print("|---|---|---|---|---|")
        for name in dict.fromkeys(name for name, _ in near):
            apply, nothing = near.get((name, "apply")), near.get((name, "nothing"))
            cells = [f"{apply:.2f} | {apply / psql:.2f}" if apply else "– | –",
                     f"{nothing:.3f} | {nothing / one:.2f}" if nothing else "– | –"]
            print(f"| {name} | {' | '.join(cells)} |")
        shutil.rmtree(folder / "workspace")
        shutil.rmtree(folder / "node")
        delay = Delay(bench, server)
        try:
            found = far(server, delay, peers(folder, folder / "100"))
        finally:
            delay.stop()
        print(f"\n| 100 migrations, {2 * DELAY_MS} ms round trip | apply s | round trips | nothing to do s | round trips |")
        print("|---|---|---|---|---|")
        for name in dict.fromkeys(name for name, _ in found):
            cells = [f"{found[name, what][0]:.2f} | {found[name, what][1]}" if (name, what) in found else "– | –"
                     for what in ("apply", "nothing")]
            print(f"| {name} | {' | '.join(cells)} |")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
