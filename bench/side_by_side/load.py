"""Runs the load generator against one server and reads the server's clocks before and after."""
import json
import signal
import subprocess

from . import processes
from .servers import PSK_IDENTITY

TIMEOUT = 240
PLAIN = "plain"  # in place of a suite: the load is the CSE


class Held:
    """A load generator that has set up its connections and waits for the next word."""

    def __init__(self, bench, server, mode, suite, connections, *options, background=False):
        credential = ["--psk-identity", PSK_IDENTITY, "--psk", bench.pki / "ae-psk.psk", "--originator", "Cpsk"]
        if suite == PLAIN:
            credential = ["--plain", "--originator", "/cse1"]
        elif not suite.startswith("PSK"):
            credential = ["--cert", bench.pki / "ae-c.crt", "--key", bench.pki / "ae-c.key", "--originator", "Cdemo"]
        # What only presses on the server may not press on those who measure on the same core.
        idle = ["chrt", "--idle", "0"] if background else []
        command = ["taskset", "-c", bench.load_core, *idle, bench.load, mode, "--wait", "--connect", f"127.0.0.1:{server.port}",
                   "--ca", bench.pki / "root.crt", *(() if suite == PLAIN else ("--suites", suite)), "--connections", connections,
                   "--timeout", TIMEOUT, *credential, *options]
        self.server = server
        self.what = f"{mode} {suite} against {server.name}"
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.process.wait()
            self.fail("connections could not be opened")

    def fail(self, why):
        raise RuntimeError(f"{self.what}: {why}\n{self.server.last_words()}")

    def begin(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def result(self):
        line = self.process.stdout.readline()
        if not line:
            self.fail("the load generator ended")
        return json.loads(line)

    def go(self):
        self.begin()
        return self.result()

    def end(self, failures_allowed=False):
        self.process.stdin.close()
        self.process.stdout.close()
        if self.process.wait(timeout=TIMEOUT) != 0 and not failures_allowed:
            self.fail("not every answer was right")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Pressure:
    """A load without an end behind the one that is measured; leaves what it came to in `result`."""

    def __init__(self, *held_arguments):
        self.held = Held(*held_arguments, "--count", 10 ** 12, background=True)
        self.result = None

    def __enter__(self):
        self.held.begin()
        return self

    def __exit__(self, error, *_):
        try:
            if error is None:
                self.held.process.send_signal(signal.SIGTERM)
                self.result = self.held.result()
                self.held.end(failures_allowed=True)  # a server under pressure may refuse
        finally:
            self.held.kill()


def sample(held, failures_allowed=False):
    """What the load saw, and what the server spent meanwhile."""
    pids = held.server.pids()
    before, split_before = processes.cpu_seconds(pids), processes.kernel_share(pids)
    result = held.go()
    after, split_after = processes.cpu_seconds(pids), processes.kernel_share(pids)
    held.end(failures_allowed)
    user, kernel = (split_after[i] - split_before[i] for i in (0, 1))
    result["cpu_seconds"] = after - before
    result["kernel_share"] = round(kernel / (user + kernel), 3) if user + kernel else None
    return result


def measure(bench, server, mode, suite, connections, count, *options, failures_allowed=False):
    return sample(Held(bench, server, mode, suite, connections, "--count", count, *options), failures_allowed)
