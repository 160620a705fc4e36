"""Where and when a run was made, without naming the machine."""
import datetime
import os
import platform
import subprocess


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())


def stolen_ticks():
    """Time that the hypervisor gave to others, and all time, of all cores."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(field) for field in file.readline().split()[1:9]]
    return ticks[7], sum(ticks)


def commit(source):
    answer = subprocess.run(["git", "-C", str(source), "describe", "--always", "--dirty", "--abbrev=12"], capture_output=True, text=True)
    return answer.stdout.strip() or "unknown"


def facts(source, versions):
    return {"environment": {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "processor": processor(), "cores": os.cpu_count(), "kernel": platform.release(), "commit": commit(source),
        "load_average": [round(load, 1) for load in os.getloadavg()], "versions": versions}}
