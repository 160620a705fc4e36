"""What one request and one handshake cost: the difference of two runs, one with more of them, so that start, warm-up and end cancel."""
import dataclasses
import functools
import os
import tempfile
from pathlib import Path

import callgrind
import system_calls
import workload
from saproxy.process import wait_until

MORE = {"get_cbc": 1000, "get_gcm": 1000, "get_gcm_with_egress": 1000, "handshake_certificate": 100, "handshake_psk": 100}
# Less often than this is not for each request: a table that grows once, a timer.
SELDOM = 0.01


@dataclasses.dataclass(frozen=True)
class Cost:
    instructions: float
    allocations: dict  # {(owner, caller): times}
    functions: dict  # {function: instructions}, the dearest first

    def allocated_by(self, owner):
        return {caller: times for (who, caller), times in self.allocations.items() if who == owner and times >= SELDOM}


def loads(kind):
    """(a run, the same with more of that kind)"""
    what = kind.removesuffix("_with_egress")
    base = workload.Load(egress=what != kind)
    return base, dataclasses.replace(base, **{what: getattr(base, what) + MORE[kind]})


def difference(more, base, number):
    """{key: what was added, for each of `number`}, without what stayed the same; the largest first."""
    keys = more.keys() | base.keys()
    found = {key: (more.get(key, 0) - base.get(key, 0)) / number for key in keys}
    return {key: found[key] for key in sorted(found, key=lambda key: (-found[key], key)) if found[key] != 0}


@functools.cache
def profile(load):
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "callgrind.out"
        workload.run(load, ["valgrind", "-q", f"--callgrind-out-file={dump}", *callgrind.OPTIONS])
        keep = os.environ.get("SAPROXY_KEEP_PROFILES")
        if keep:
            Path(keep, f"callgrind.out.{'-'.join(map(str, dataclasses.astuple(load)))}").write_bytes(dump.read_bytes())
        return callgrind.Profile(dump.read_text(encoding="utf-8", errors="replace"))


@functools.cache
def cost(kind):
    number = MORE[kind]
    base, more = map(profile, loads(kind))
    return Cost((more.total - base.total) / number, difference(more.allocations(), base.allocations(), number),
                difference(more.self_cost, base.self_cost, number))


@functools.cache
def calls(load):
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "strace"
        ports = workload.run(load, system_calls.wrapper(record))
        wait_until(lambda: "+++ exited with" in record.read_text().rsplit("\n", 2)[-2], 10, "the end of the record")
        return system_calls.count(record.read_text(), *ports)


@functools.cache
def calls_of_request(kind):
    """{"read client": times for each request, ...}, without what is seldom."""
    base, more = map(calls, loads(kind))
    found = difference(more, base, MORE[kind])
    return {call: times for call, times in found.items() if times >= SELDOM}
