#!/usr/bin/env python3
"""Promise: what a request and a handshake cost saproxy in user space does not grow unnoticed, and a request allocates nothing.

Instructions and allocations are counted by callgrind, system calls by strace, on the release build. A figure that lies more
than 5 percent over the recorded one fails. One that is meant to grow, or has become less, is recorded anew with

    tests/guard/costs.py --update [PROGRAM]      writes tests/guard/costs.json; PROGRAM: build/release/proxy/saproxy

and the change of costs.json is committed with its reason. `--show` prints the figures and compares nothing.
The instructions are recorded for each processor as valgrind shows it (processor.py); on an unknown one they are printed and
skipped. SAPROXY_KEEP_PROFILES=FOLDER keeps what callgrind wrote, for callgrind_annotate. Without SAPROXY_FULL=1 only one
kind of request is looked at; with it, or with an option, it takes about a minute.
"""
import os
import pathlib
import shutil
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
os.environ.setdefault("SAPROXY_SLOW", "6")  # callgrind is slow
sys.dont_write_bytecode = True

import measured  # noqa: E402
import processor  # noqa: E402
import recorded  # noqa: E402
import system_calls  # noqa: E402
from saproxy.cases import FULL, expand, main  # noqa: E402

REQUESTS = ("get_cbc", "get_gcm", "get_gcm_with_egress")
without_valgrind = unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")




def each(kinds):
    """A case for each kind; the short run has one."""

    def decorate(cls):
        cls = expand([(kind, kind) for kind in kinds])(cls)
        for kind in kinds:
            if not FULL and kind != "get_cbc":
                name = f"test_{kind}"
                setattr(cls, name, unittest.skip("only with SAPROXY_FULL=1")(getattr(cls, name)))
        return cls

    return decorate


def listed(numbers):
    return "\n".join(f"  {number:12,.3f}  {name}" for name, number in numbers.items()) or "  none"


@without_valgrind
@each(measured.MORE)
class Instructions(unittest.TestCase):
    def check(self, kind):
        cost, key = measured.cost(kind), processor.key()
        print(f"{kind}: {cost.instructions:,.0f} instructions in user space on \"{key}\"")
        before = recorded.load()["processors"].get(key, {}).get(kind)
        if before is None:
            self.skipTest(f"nothing is recorded for \"{key}\"; {cost.instructions:,.0f} instructions")
        percent = recorded.growth(cost.instructions, before["instructions"])
        if percent is not None:
            self.fail(f"{kind}: {cost.instructions:,.0f} instructions, {percent:.1f} percent over the recorded {before['instructions']:,}; "
                      f"grown most:\n{recorded.grown_functions(cost, before)}")


@without_valgrind
@each(REQUESTS)
class Allocations(unittest.TestCase):
    def check(self, kind):
        ours = measured.cost(kind).allocated_by("saproxy")
        if ours:
            self.fail(f"saproxy allocates in each request:\n{listed(ours)}")


@without_valgrind
@each(measured.MORE)
class AllocationsOfLibraries(unittest.TestCase):
    def check(self, kind):
        found = measured.cost(kind).allocated_by("library")
        print(f"{kind}: {sum(found.values()):.2f} allocations of libraries")
        before = recorded.load()["processors"].get(processor.key(), {}).get(kind)
        if before is None:
            self.skipTest("nothing is recorded for this processor")
        percent = recorded.growth(sum(found.values()), before["allocations of libraries"], slack=0.05)
        if percent is not None:
            self.fail(f"{kind}: {percent:.1f} percent over the recorded {before['allocations of libraries']}; now\n{listed(found)}")


@each(REQUESTS)
class SystemCalls(unittest.TestCase):
    def check(self, kind):
        refusal = system_calls.refusal()
        if refusal:
            self.skipTest(refusal)
        calls = measured.calls_of_request(kind)
        print(f"{kind}: system calls for each request\n{listed(calls)}")
        for side in ("client", "CSE"):
            for names in (system_calls.READS, system_calls.WRITES):
                times = system_calls.summed(calls, names, side)
                self.assertLessEqual(times, 1.01, f"{names[0]} {side}: {times} for each request:\n{listed(calls)}")
        before = recorded.load()["system_calls"].get(kind)
        if before is None:
            self.skipTest("nothing is recorded for it")
        grown = {call: times for call, times in calls.items() if recorded.growth(times, before.get(call, 0), slack=0.02) is not None}
        if grown:
            self.fail(f"{kind}: more often than recorded:\n{listed(grown)}\nrecorded:\n{listed(before)}")


def show():
    for kind in measured.MORE:
        cost = measured.cost(kind)
        print(f"\n{kind}: {cost.instructions:,.0f} instructions in user space; dearest:")
        print(listed(dict(list(cost.functions.items())[:recorded.KEPT_FUNCTIONS])))
        for owner in ("saproxy", "library"):
            print(f" allocations of {owner}:\n{listed(cost.allocated_by(owner))}")
    for kind in REQUESTS:
        print(f"\n{kind}: system calls\n{listed(measured.calls_of_request(kind))}" if not system_calls.refusal() else system_calls.refusal())


def update():
    key = processor.key()
    if key is None:
        sys.exit("costs: valgrind does not say what processor it shows")
    figures = recorded.load()
    figures["processors"][key] = {kind: recorded.of_cost(measured.cost(kind)) for kind in measured.MORE}
    if not system_calls.refusal():
        figures["system_calls"] = {kind: {call: round(times, 2) for call, times in measured.calls_of_request(kind).items()}
                                   for kind in REQUESTS}
    recorded.save(figures)


def by_hand(what, program=HERE.parents[1] / "build" / "release" / "proxy" / "saproxy"):
    os.environ["SAPROXY_BINARY"] = str(program)
    show()
    if what == "--update":
        update()


if __name__ == "__main__":
    if sys.argv[1:2] in (["--update"], ["--show"]):
        by_hand(*sys.argv[1:3])
    else:
        main()
