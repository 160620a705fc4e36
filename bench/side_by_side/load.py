"""Runs the load generator against one server and reads the server's clocks before and after."""
import json
import subprocess

from . import processes
from .servers import PSK_IDENTITY

TIMEOUT = 180


class Held:
    """A load generator that has set up its connections and waits for the next word."""

    def __init__(self, bench, server, mode, suite, connections, *options):
        credential = ["--psk-identity", PSK_IDENTITY, "--psk", bench.pki / "ae-psk.psk", "--originator", "Cpsk"]
        if not suite.startswith("PSK"):
            credential = ["--cert", bench.pki / "ae-c.crt", "--key", bench.pki / "ae-c.key", "--originator", "Cdemo"]
        command = ["taskset", "-c", str(bench.load_core), bench.load, mode, "--wait", "--connect", f"127.0.0.1:{server.port}",
                   "--ca", bench.pki / "root.crt", "--suites", suite, "--connections", str(connections),
                   "--timeout", str(TIMEOUT), *credential, *options]
        self.what = f"{mode} {suite} against {server.name}"
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.process.wait()
            raise RuntimeError(f"{self.what}: connections could not be opened")

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.what}: the load generator ended")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        if self.process.wait(timeout=TIMEOUT) != 0:
            raise RuntimeError(f"{self.what}: not every answer was right")


def measure(bench, server, mode, suite, connections, count, *options):
    """One sample: what the load saw, and what the server spent meanwhile."""
    held = Held(bench, server, mode, suite, connections, "--count", count, *options)
    pids = server.pids()
    before, split_before = processes.cpu_seconds(pids), processes.kernel_share(pids)
    result = held.go()
    after, split_after = processes.cpu_seconds(pids), processes.kernel_share(pids)
    held.end()
    user, kernel = (split_after[i] - split_before[i] for i in (0, 1))
    result["cpu_seconds"] = after - before
    result["kernel_share"] = round(kernel / (user + kernel), 3) if user + kernel else None
    return result


def measure_idle(bench, server, suite, steps):
    """KiB of Pss for each held association, at each of the growing numbers in `steps`; on a fresh, warmed-up server."""
    warm = Held(bench, server, "idle", suite, 4)
    warm.go()
    warm.end()
    pids = server.pids()
    base = processes.settled_pss_kib(pids)
    held, open_now, found = [], 0, {}
    for step in steps:
        held.append(Held(bench, server, "idle", suite, step - open_now))
        open_now = step
        found[step] = (processes.settled_pss_kib(pids) - base) / step
    for load in held:
        load.go()  # says how many associations the server has dropped meanwhile; end() fails if any
        load.end()
    return found
