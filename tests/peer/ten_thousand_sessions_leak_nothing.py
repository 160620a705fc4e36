#!/usr/bin/env python3
"""Promise: sessions leave nothing behind: memory and descriptors are the same after many as after few.

SAPROXY_FULL=1: ten thousand sessions, and ten thousand more under valgrind where it is installed.
"""
import pathlib
import shutil
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, raw_tls  # noqa: E402
from saproxy.cases import FULL, StageCase, main  # noqa: E402
from saproxy.process import wait_until  # noqa: E402
from saproxy.stage import Stage  # noqa: E402


def run_sessions(stage, count, threads=4):
    """Certificate sessions with one request; every tenth is refused, cut or wrong in some way."""
    context = stage.pki.context("ae-c")
    problems = []

    def some(first):
        for n in range(first, count, threads):
            try:
                if n % 20 == 7:
                    raw_tls.psk_attempt(stage.address, b"nobody@sp.example.com")
                elif n % 20 == 17:
                    connection = clients.http(clients.TlsChannel(stage.address, context))
                    connection.send(connection.encode(origin="Cdemo")[:-9])
                    connection.close()
                else:
                    with clients.http(clients.TlsChannel(stage.address, context)) as connection:
                        got = connection.request(origin="Cdemo" if n % 10 else "Cvictim", seconds=60)
                        if got.status not in (200, 403):
                            problems.append(got)
            except Exception as error:  # each one counts
                problems.append(repr(error))

    workers = [threading.Thread(target=some, args=(first,)) for first in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return problems


class Resident(StageCase):
    STAGE = {"log": 'level = "error"', "workers": 1}

    def settled(self):
        wait_until(lambda: self.proxy.metrics().sum("connections_open") == 0, 20, "all connections to end")
        return self.proxy.resident_kib(), self.proxy.metrics().sum("process_open_fds")

    def test_memory_and_descriptors_do_not_grow(self):
        count = 10_000 if FULL else 600
        self.assertEqual([], run_sessions(self.stage, count // 3))
        before, files = self.settled()
        self.assertEqual([], run_sessions(self.stage, count))
        after, files_after = self.settled()
        self.assert_grown_by_less(1500, before, f"{before} KiB before, {after} KiB after {count} sessions")
        self.assertLessEqual(files_after, files + 6)

    def test_pages_of_long_sessions_do_not_grow(self):
        with self.stage.certificate() as connection:
            for _ in range(300):
                connection.request(origin="Cdemo")
            before = self.proxy.resident_kib()
            for _ in range(3000 if FULL else 700):
                connection.request(origin="Cdemo")
            self.assert_grown_by_less(600, before)


@unittest.skipUnless(FULL, "only with SAPROXY_FULL=1")
@unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")
class UnderValgrind(unittest.TestCase):
    def test_no_byte_is_lost(self):
        wrapper = ("valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite,indirect", "--errors-for-leak-kinds=definite,indirect",
                   "--error-exitcode=9", "--child-silent-after-fork=yes")
        stage = Stage(wrapper=wrapper, limits='handshake_timeout = "60s"', log='level = "error"', workers=1)
        with stage:
            self.assertEqual([], run_sessions(stage, 10_000, 2))
            stage.proxy.stop(expect=0, seconds=120)
        self.assertNotIn("definitely lost", stage.proxy.text())


if __name__ == "__main__":
    main()
