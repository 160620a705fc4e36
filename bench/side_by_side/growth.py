"""saproxy against itself: with more associations, after more connections, with more workers."""
import json
import subprocess

from . import load, processes, rows
from .servers import Saproxy

CROWDS, QUICK_CROWDS = (1000, 15000), (50, 100)
PAIRS = 5  # of neighbouring samples whose ratio is taken
CHURN, QUICK_CHURN, LONG_CHURN = 20000, 200, 1000000
SESSIONS, QUICK_SESSIONS = 50000, 200


def requests(bench, server):
    count = 500 if bench.quick else 20000
    sample = load.measure(bench, server, "request", rows.CBC, 32, count)
    return sample["cpu_seconds"] / sample["right"]


def beside_idle(bench, results):
    """Two of them run, one with a single idle association and one with many, and are asked in turn."""
    lonely, crowded = Saproxy(bench), Saproxy(bench)
    with bench.running([lonely, crowded]):
        held = [load.Held(bench, lonely, "idle", rows.GCM, 1)]
        open_now = 0
        for crowd in QUICK_CROWDS if bench.quick else CROWDS:
            held.append(load.Held(bench, crowded, "idle", rows.GCM, crowd - open_now))
            open_now = crowd
            for turn in range(1 if bench.quick else PAIRS):
                bench.progress(f"requests beside {crowd}: {turn + 1}")
                alone = requests(bench, lonely)
                results.add(f"growth-beside-{crowd}", f"CPU per keep-alive GET beside {crowd:,} idle associations", "x beside 1",
                            "saproxy", turn, requests(bench, crowded) / alone)
        for each in held:
            each.go()
            each.end()


def after_many(bench, results):
    """Pss after ever more connections, of both kinds in turn, that came, asked and went."""
    total = QUICK_CHURN if bench.quick else LONG_CHURN if bench.long else CHURN
    parts = 2 if bench.quick else 10
    server = Saproxy(bench)
    with bench.running([server]):
        pss = []
        for part in range(parts + 1):  # the first one fills caches and pools
            bench.progress(f"{total:,} connections: part {part} of {parts}")
            for suite in (rows.GCM, rows.PSK):
                load.measure(bench, server, "handshake", suite, 64, total // parts // 2)
            pss.append(processes.settled_pss_kib(server.pids()))
        results.add("growth-churn", f"Pss after {total:,} more connections opened and closed", "x before", "saproxy", 0,
                    pss[-1] / pss[0], {"pss_kib": pss})


def more_workers(bench, results):
    """Handshakes by CPU time: two cores of which the load takes its share do not show it by the clock."""
    one, two = Saproxy(bench), Saproxy(bench, workers=2)
    two.cores = f"{bench.server_core},{bench.load_core}"
    count = 100 if bench.quick else 2000
    with bench.running([one, two]):
        for turn in range(1 if bench.quick else PAIRS):
            bench.progress(f"two workers: {turn + 1}")
            alone = load.measure(bench, one, "handshake", rows.CBC, 16, count)["cpu_seconds"]
            before = processes.thread_seconds(two.process.pid)
            both = load.measure(bench, two, "handshake", rows.CBC, 16, count)["cpu_seconds"]
            spent = sorted(now - before.get(thread, 0) for thread, now in processes.thread_seconds(two.process.pid).items())
            results.add("growth-workers-cpu", "CPU per handshake, two workers", "x one worker", "saproxy", turn, both / alone)
            # With a core for each worker the busier one decides when all are done.
            results.add("growth-workers", "handshakes per second, two workers, by CPU time of the busier one", "x one worker",
                        "saproxy", turn, alone / (both * spent[-1] / sum(spent)), {"thread_seconds": spent})


def in_memory(bench, results):
    """More sessions than there are descriptors, joined in memory."""
    sessions = QUICK_SESSIONS if bench.quick else SESSIONS
    for kind, options in (("PSK", []), ("certificates", [bench.pki])):
        bench.progress(f"{sessions:,} sessions in memory, {kind}")
        told = subprocess.run(["taskset", "-c", str(bench.server_core), bench.sessions, str(sessions), *options],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        sample = json.loads(told)
        text = f"{sessions:,} sessions in memory, {kind}"
        key = f"growth-memory-{kind}"
        results.add(key, f"{text}: heap of each", "KiB", "saproxy", 0, sample["heap_bytes"] / 1024, sample)
        results.add(f"{key}-cpu", f"{text}: CPU of a record in and out of 32 of them", "x with 32", "saproxy", 0,
                    sample["us_with_all"] / sample["us_with_few"])
        results.add(f"{key}-turn", f"{text}: CPU of a record in and out of all in turn", "x of 32", "saproxy", 0,
                    sample["us_in_turn"] / sample["us_with_few"])


def measure(bench, _servers, results):
    for key, part in (("growth-beside", beside_idle), ("growth-churn", after_many), ("growth-workers", more_workers),
                      ("growth-memory", in_memory)):
        if bench.wants(key):
            part(bench, results)
