"""What valgrind tells a program of the processor: that decides which code wolfSSL and the C library run.

Valgrind 3.19 shows a processor of its own making, with AVX2 and BMI2 where the machine has them, but never ADX or SHA-NI:
a handshake under valgrind therefore runs other multiplication than outside. The figures are good for comparing with
themselves, not for what a handshake takes.
"""
import functools
import re
import subprocess

# name: (index, register, bit) in the cpu_features of `ld.so --list-diagnostics`; 0: leaf 1, 1: leaf 7, registers eax to edx
_FEATURES = {
    "aes": (0, 2, 25), "pclmulqdq": (0, 2, 1), "rdrand": (0, 2, 30), "avx": (0, 2, 28),
    "avx2": (1, 1, 5), "bmi2": (1, 1, 8), "adx": (1, 1, 19), "rdseed": (1, 1, 18), "sha_ni": (1, 1, 29), "avx512f": (1, 1, 16),
}
_LINE = re.compile(r"x86\.cpu_features\.features\[0x([0-9a-f]+)\]\.cpuid\[0x([0-9a-f]+)\]=0x([0-9a-f]+)")
_LOADER = "/lib64/ld-linux-x86-64.so.2"


@functools.cache
def key():
    """For example "aes avx avx2 bmi2"; None when it cannot be told."""
    try:
        done = subprocess.run(["valgrind", "-q", "--tool=none", _LOADER, "--list-diagnostics"], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    return features(done.stdout) if done.returncode == 0 else None


def features(text):
    registers = {(int(index, 16), int(register, 16)): int(value, 16) for index, register, value in _LINE.findall(text)}
    if (0, 2) not in registers or (1, 1) not in registers:
        return None
    return " ".join(sorted(name for name, (index, register, bit) in _FEATURES.items() if registers[index, register] >> bit & 1))
