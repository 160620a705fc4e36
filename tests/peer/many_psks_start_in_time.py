#!/usr/bin/env python3
"""Promise: many pre-shared keys are no reason for a slow start, and each speaks for its own AE alone. 100,000 of them; a million, with a
deadline, when SAPROXY_FULL=1.

Spec: TS-0003 10.5 (KpsaID), 8.2.1
"""
import hashlib
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, raw_tls, stage  # noqa: E402
from saproxy.cases import FULL, StageCase, main  # noqa: E402
from saproxy.process import slowness  # noqa: E402

COUNT = 1_000_000 if FULL else 100_000
START = 5.0  # seconds, for a million
# CPU seconds that Python takes for the table of slower_than_reference() on the machine where START was set (AMD EPYC; least of five runs).
REFERENCE = 0.65


def device(number):
    """KpsaID, key in hex, AE-ID-Stem"""
    return f"device{number:07}@sp.example.com", hashlib.md5(str(number).encode()).hexdigest(), f"Cdevice{number:07}"


def slower_than_reference():
    """How much slower this machine is now, by work of the same kind: what a start does is to put texts into tables, and so mostly to
    wait for memory. Measured beside the start, so other work on the machine slows both."""
    began = time.monotonic()
    table = {f"device{number:07}@sp.example.com": number for number in range(1_000_000)}
    taken = time.monotonic() - began
    return max(1.0, taken / REFERENCE) if table else 1.0


class ManyPsks(StageCase):
    @classmethod
    def setUpClass(cls):
        path = stage.scratch_folder() / "devices.keys"
        path.touch(mode=0o600)
        with open(path, "w", encoding="ascii") as file:
            file.writelines(":".join(device(number)) + "\n" for number in range(COUNT))
        cls.STAGE = {"top": f'psk_files = ["{path}"]'}
        stage.DemoPki.shared()  # takes its own time
        before = slower_than_reference() if FULL else 1.0
        began = time.monotonic()
        super().setUpClass()  # until it is ready
        cls.taken = time.monotonic() - began
        cls.factor = max(before, slower_than_reference() if FULL else 1.0) * slowness()

    def test_starts_in_time(self):
        print(f"{COUNT} PSKs: ready after {self.taken:.2f} s (with the small CSE), this machine is slower by {self.factor:.2f}, "
              f"{self.proxy.resident_kib() // 1024} MiB", file=sys.stderr)
        if FULL:
            self.assertLess(self.taken, START * self.factor)

    def test_each_speaks_for_its_own_ae(self):
        for number in (0, COUNT // 2, COUNT - 1):
            identity, key, stem = device(number)
            with clients.http(clients.openssl_psk(self.stage.address, identity, key)) as connection:
                self.assert_answer(connection.request(origin=stem), 200, 2000)
                self.assert_answer(connection.request(origin=device(7)[2]), 403, 4106)

    def test_one_that_is_not_among_them_is_refused(self):
        raw_tls.psk_attempt(self.stage.address, device(COUNT)[0].encode())
        self.proxy.wait_for_metric("handshakes_total", 1, result="failed", reason="unknown_psk_identity")


if __name__ == "__main__":
    main()
