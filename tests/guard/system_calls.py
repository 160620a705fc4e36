"""Counts the system calls of a process from the record that strace writes."""
import collections
import re
import subprocess

READS = ("read", "readv", "recvfrom", "recvmsg", "recvmmsg", "pread64")
WRITES = ("write", "writev", "sendto", "sendmsg", "sendmmsg", "pwrite64", "sendfile", "splice")

_CALL = re.compile(r"(?:\d+ +)?(\w+)\((?:\d+<(\w+):\[([^\]]*)\]>)?")
# A wait that the clock has ended: how often that comes depends on how long the run takes.
_RAN_OUT = re.compile(r"(epoll_p?wait)(?:\(| resumed>).*\], \d+, (-?\d+)(?:, NULL, \d+)?\) = 0$")
_ENDS = re.compile(r":(\d+)->.*:(\d+)$")


def wrapper(record):
    """Puts strace in front of a program, which stays the child of who starts it (so that signals reach it)."""
    return ["strace", "-D", "-f", "-yy", "-s", "0", "-o", str(record)]


def refusal():
    """Why strace cannot be used; None when it can."""
    try:
        done = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, text=True)
    except FileNotFoundError:
        return "strace is not installed"
    return None if done.returncode == 0 else f"strace is not permitted: {done.stderr.strip()[-200:]}"


def count(text, listening, cse):
    """{"recvfrom client": times, ...}: `listening` is the port of saproxy, `cse` that of the CSE."""
    found = collections.Counter()
    for line in text.splitlines():
        ran_out = _RAN_OUT.search(line)
        if ran_out is not None and ran_out[2] != "0":
            found[ran_out[1]] -= 1
        match = _CALL.match(line)
        if match is None:  # end of an interrupted call, a signal, an exit
            continue
        name, protocol, ends = match.groups()
        sides = _ENDS.search(ends or "")
        if sides is not None and protocol.startswith("TCP"):
            own, far = map(int, sides.groups())
            name += " client" if own == listening else " CSE" if far == cse else ""
        found[name] += 1
    return found


def summed(calls, names, side):
    return sum(times for call, times in calls.items() if call.split()[0] in names and call.endswith(side))
