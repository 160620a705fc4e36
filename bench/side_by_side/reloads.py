"""Established requests at a fixed rate while associations are judged again, reload after reload: saproxy against itself."""
import contextlib
import json
import signal
import subprocess
import threading

from . import fairness, load, rows
from .servers import Saproxy

CROWD, QUICK_CROWD = 15000, 100
IN_MEMORY, QUICK_IN_MEMORY = 100000, 500
EVERY = 0.25  # seconds


@contextlib.contextmanager
def reloading(server):
    over = threading.Event()

    def go():
        while not over.wait(EVERY):
            server.process.send_signal(signal.SIGHUP)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def over_sockets(bench, results):
    crowd = QUICK_CROWD if bench.quick else CROWD
    server = Saproxy(bench)
    with bench.running([server]):
        held = load.Held(bench, server, "idle", rows.GCM, crowd)
        for turn in range(bench.rounds):
            bench.progress(f"{crowd:,} judged again: {turn + 1}")
            quiet = load.sample(fairness.open_probe(bench, server))
            probe = fairness.open_probe(bench, server)
            with reloading(server):
                judged = load.sample(probe)
            results.add("rejudge-sockets", f"{fairness.TEXT}: p99 while {crowd:,} associations are judged again, at a reload every {EVERY} s",
                        "x quiet", "saproxy", turn, judged["p99_us"] / quiet["p99_us"], judged | {"quiet_p99_us": quiet["p99_us"]})
        held.go()
        held.end()


def in_memory(bench, results):
    crowd = QUICK_IN_MEMORY if bench.quick else IN_MEMORY
    for turn in range(bench.rounds):
        bench.progress(f"{crowd:,} judged again in memory: {turn + 1}")
        told = subprocess.run(["taskset", "-c", str(bench.server_core), bench.judging, str(crowd)], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
        sample = json.loads(told)
        text = f"{crowd:,} associations in memory judged again without a pause"
        results.add("rejudge-memory", f"{text}: p99 of 1,000 requests/s", "x quiet", "saproxy", turn,
                    sample["judging_p99_us"] / sample["p99_us"], sample)
        results.add("rejudge-memory-slice", f"{text}: p99 of 1,000 requests/s", "us", "saproxy", turn, sample["judging_p99_us"])
        results.add("rejudge-memory-each", f"{text}: CPU of each", "us", "saproxy", turn, sample["us_each"])


def measure(bench, _servers, results):
    for key, part in (("rejudge-sockets", over_sockets), ("rejudge-memory", in_memory)):
        if bench.wants(key):
            part(bench, results)
