"""Memory of associations that are held and do nothing."""
from . import load, processes, rows

STEPS = (1000, 5000, 15000)
QUICK_STEPS = (50, 100)
SUITES = (("idle-cert", "idle association, certificates", rows.GCM), ("idle-psk", "idle association, PSK", rows.PSK))


def one_server(bench, server, suite, steps):
    """KiB of Pss for each held association, at each of the growing numbers in `steps`."""
    warm = load.Held(bench, server, "idle", suite, 4)
    warm.go()
    warm.end()
    pids = server.pids()
    base = processes.settled_pss_kib(pids)
    held, open_now, found = [], 0, {}
    for step in steps:
        held.append(load.Held(bench, server, "idle", suite, step - open_now))
        open_now = step
        found[step] = (processes.settled_pss_kib(pids) - base) / step
    for each in held:
        each.go()  # says how many associations the server has dropped meanwhile; end() fails if any
        each.end()
    return found


def measure(bench, servers, results):
    """Once, because Pss repeats itself, on servers just started: a heap that has grown before would hide something."""
    steps = QUICK_STEPS if bench.quick else STEPS
    for key, text, suite in SUITES:
        for server in servers:
            if not bench.wants(key) or "idle" not in server.modes or rows.credential_of(suite) not in server.credentials:
                continue
            bench.progress(f"{key} {server.name}")
            with bench.running([server]):
                fitting = [step for step in steps if step <= server.most_connections]
                for step, kib in one_server(bench, server, suite, fitting).items():
                    results.add(f"{key}-{step}", f"{text}, {step:,} held", "KiB Pss", server.name, 0, kib)
