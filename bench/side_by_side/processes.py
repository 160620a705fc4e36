"""What the kernel says a server costs: CPU time and memory of a process and all its descendants."""
import os
import time


def descendants(pid):
    """The process and all below it: nginx and hitch work in children."""
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def cpu_seconds(pids):
    """User and kernel time of all threads, those that have ended included, to the nanosecond."""
    # CLOCK_PROCESS_CPUTIME_ID of another process, as clock_getcpuclockid(3) makes it: the same account as utime + stime
    # of /proc/PID/stat, without its 10 ms steps.
    return sum(time.clock_gettime_ns((~pid << 3) | 2) for pid in pids) / 1e9


def thread_seconds(pid):
    """CPU time of each thread that lives; the clocks of another process's threads are not for us to read."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            found[thread] = int(file.read().split()[0]) / 1e9
    return found


def kernel_share(pids):
    """(user, kernel) seconds in steps of 10 ms: only good for their ratio."""
    ticks = os.sysconf("SC_CLK_TCK")
    user = kernel = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        user += int(fields[11])
        kernel += int(fields[12])
    return user / ticks, kernel / ticks


def pss_kib(pids):
    """Proportional set size: shared pages are split among those who map them."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return total


def settled_pss_kib(pids, patience=10.0):
    """Pss once it has stopped moving: ends of connections are still being worked on after the load is gone."""
    deadline = time.monotonic() + patience
    last = pss_kib(pids)
    same = 0
    while same < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
        now = pss_kib(pids)
        same = same + 1 if abs(now - last) <= 8 else 0
        last = now
    return last
