#!/usr/bin/env python3
"""Promise: whatever happens to saproxy or its disk, a registration whose success a registree has seen is there afterwards; and what could
not be recorded is confirmed to nobody.

Spec: design invariant 9
"""
import pathlib
import random
import resource
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import FULL, main  # noqa: E402
from saproxy.clients import TlsRefused  # noqa: E402
from saproxy.http import ConnectionEnded  # noqa: E402
from saproxy.process import Saproxy, wait_until  # noqa: E402
from saproxy.registering import ALREADY, CREATED, DELETED, RegistryCase  # noqa: E402
from saproxy.stage import scratch_folder  # noqa: E402

CLIENTS = 4
NOT_STARTED = 2  # exit code
REGISTRATIONS = 500 if FULL else 100
KILLED = (ConnectionEnded, TlsRefused, OSError, TimeoutError)


class Clients:
    """Register one AE after the other, whatever happens to their connections; `confirmed` holds those that have been told so."""

    def __init__(self, case):
        self.case = case
        self.confirmed, self.attempted, self.refused = [], [], []
        self.may_connect, self.enough = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.enough.set()
        self.may_connect.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number):
        stems = (f"Cnode1k{number}-{turn}" for turn in range(10**9))
        while not self.enough.is_set():
            self.may_connect.wait()
            try:
                with self.case.node(seconds=2) as connection:
                    self._register_all(connection, stems)
            except KILLED:
                continue

    def _register_all(self, connection, stems):
        for stem in stems:
            if self.enough.is_set():
                return
            self.attempted.append(stem)
            answer = self.case.register(connection, stem)
            (self.confirmed if (answer.status, answer.rsc) == CREATED else self.refused).append(stem)


class KilledAtAnyMoment(RegistryCase):
    """The CSE is asked about all registrations at every start, as it is by default."""

    STAGE = RegistryCase.STAGE | {"workers": 2, "more": '[registry]\nfile = "registry.db"'}

    def test_what_was_confirmed_is_there(self):
        seed = random.randrange(1 << 32)
        chance, kills = random.Random(seed), 0
        with Clients(self) as clients:
            while len(clients.confirmed) < REGISTRATIONS:
                clients.may_connect.set()
                wanted = len(clients.confirmed) + chance.randint(1, 8)
                wait_until(lambda: len(clients.confirmed) >= wanted, 60, "registrations to go on")
                time.sleep(chance.random() * 0.004)  # the moment within a registration
                clients.may_connect.clear()
                self.proxy.kill()
                kills += 1
                confirmed = set(clients.confirmed)
                self.assertLessEqual(confirmed, set(self.records.all()), f"seed {seed}")
                self.proxy.start()
                self.proxy.wait_until_ready()
            self.assertEqual([], clients.refused, f"seed {seed}")
        records = self.records.all()
        self.assertLessEqual(set(clients.confirmed), set(records), f"seed {seed}")
        self.assertLessEqual(set(records), set(clients.attempted))
        self.assertGreaterEqual(kills, REGISTRATIONS // 50)
        with self.node() as connection:
            for stem in clients.confirmed:
                self.assert_may_speak(connection, stem)
                self.assert_answer(self.register(connection, stem), *ALREADY)

    def test_what_was_ended_stays_ended(self):
        for round_number in range(5):
            stems = [self.a_stem("Cnode1e") for _ in range(5)]
            with self.node() as connection:
                for stem in stems:
                    self.registered(connection, stem)
                for stem in stems[::2]:
                    self.assert_answer(connection.request("DELETE", f"/{stem}", origin=stem), *DELETED)
                self.proxy.kill()
            self.proxy.start()
            self.proxy.wait_until_ready()
            with self.node() as connection:
                for stem in stems[::2]:
                    self.assert_may_not_speak(connection, stem)
                for stem in stems[1::2]:
                    self.assert_may_speak(connection, stem)


class NoRoom:
    """What the tests of a full disk have in common; `fill` and `make_room` say what full is."""

    def register_until_refused(self, connection):
        """(the AE-IDs that were confirmed, the one that was not)"""
        confirmed = []
        for _ in range(20_000):
            stem = self.a_stem("Cnode1f")
            answer = self.register(connection, stem, poa=["http://192.0.2.1/" + "x" * 500])
            if (answer.status, answer.rsc) != CREATED:
                self.assert_answer(answer, 500, 5000)
                self.assertNotIn(b"registry.db", answer.body)
                return confirmed, stem
            confirmed.append(stem)
        self.fail("the disk never became full")

    def test_nothing_is_confirmed_that_is_not_recorded(self):
        with self.node() as connection:
            before = self.a_stem("Cnode1f")
            self.registered(connection, before)
            self.fill()
            confirmed, refused = self.register_until_refused(connection)
            self.proxy.wait_for_log("message", self.mark, level="error")
            self.assertGreaterEqual(self.proxy.metrics().sum("registrations_unconfirmed_total", reason="not_recorded"), 1)
            self.assert_may_not_speak(connection, refused)
            for stem in (before, *confirmed):
                self.assert_may_speak(connection, stem)
            self.make_room()
            later = self.a_stem("Cnode1f")
            self.registered(connection, later)
            self.assert_may_speak(connection, later)
            self.assertEqual({before, *confirmed, later}, set(self.records.all()))
        self.proxy.kill()
        self.proxy.start()
        self.proxy.wait_until_ready()
        self.assertEqual({before, *confirmed, later}, set(self.records.all()))
        with self.node() as connection:
            self.assert_may_not_speak(connection, refused)
            for stem in (before, *confirmed, later):
                self.assert_may_speak(connection, stem)

    def test_what_could_not_be_recorded_is_taken_back_at_the_cse(self):
        """Or nobody could speak for it until the CSE forgets it."""
        with self.node() as connection:
            self.registered(connection, self.a_stem("Cnode1f"))
            self.fill()
            confirmed, refused = self.register_until_refused(connection)
            deletions = [record for record in self.recorded() if record["raw"].startswith(b"DELETE ")]
            self.assertEqual([f"/{refused}"], [record["target"] for record in deletions])
            self.assertEqual([[refused]], [record["fields"]["x-m2m-origin"] for record in deletions])
            self.assertEqual(1, self.proxy.metrics().sum("registrations_taken_back_total", result="ok"))
            for stem in confirmed:
                self.assert_may_speak(connection, stem)
            self.make_room()
            self.registered(connection, refused)
            self.assert_may_speak(connection, refused)


class FullDisk(NoRoom, RegistryCase):
    @classmethod
    def setUpClass(cls):
        cls.disk = scratch_folder() / "disk"
        cls.disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", cls.disk], capture_output=True)
        if mounted.returncode != 0:
            raise unittest.SkipTest("no small file system can be mounted here")
        cls.addClassCleanup(lambda: subprocess.run(["umount", "-l", cls.disk], check=True))
        cls.STAGE = RegistryCase.STAGE | {"more": f'[registry]\nfile = "{cls.disk}/registry.db"\nreconcile = "off"'}
        super().setUpClass()

    def fill(self):
        """Leaves a few pages, so that the store meets the end in the middle of its own file."""
        with open(self.disk / "other", "wb", buffering=0) as other:
            try:
                while True:
                    other.write(bytes(4096))
            except OSError:
                other.truncate(other.tell() - 64 * 1024)

    def make_room(self):
        (self.disk / "other").unlink()


class FileThatMayNotGrow(NoRoom, RegistryCase):
    """The same where no file system can be mounted: no file of the process may pass a size."""

    STAGE = RegistryCase.STAGE | {"wrapper": ("sh", "-c", 'trap "" XFSZ; exec "$@"', "sh")}

    def limit(self, size):
        resource.prlimit(self.proxy.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def fill(self):
        self.limit((self.stage.folder / "registry.db-wal").stat().st_size + 64 * 1024)

    def make_room(self):
        self.limit(resource.RLIM_INFINITY)

    def test_an_end_that_cannot_be_recorded_is_none(self):
        stem = self.a_stem("Cnode1f")
        with self.node() as connection:
            ae = self.registered(connection, stem)
            self.limit(1)
            for method, body in (("PUT", {"m2m:ae": {"poa": ["http://192.0.2.9"]}}), ("DELETE", None)):
                self.assert_answer(connection.request(method, f"/{stem}", origin=stem, body=body), 500, 5000)
                self.assert_recorded_as(ae, self.NODE, "certificate")
                self.assert_may_speak(connection, stem)
            self.make_room()
            self.assertEqual(0, self.records.forget(stem).returncode)


class DamagedStore(RegistryCase):
    """Spec: design invariant 8: a store that cannot be trusted names nobody's identities."""

    def damage(self, store):
        return {
            "no_database": b"this is no database, whatever its name says" * 100,
            "cut": store[:len(store) // 2],
            "overwritten": store[:4096] + b"\xa5" * (len(store) - 4096),
            "head_only": store[:100],
        }

    def test_saproxy_does_not_start_and_says_so(self):
        with self.node() as connection:
            for _ in range(100):
                self.registered(connection, self.a_stem(), poa=["http://192.0.2.1/" + "x" * 200])
        before = self.records.all()
        self.proxy.stop()
        path = self.stage.folder / "registry.db"
        good = path.read_bytes()
        for name, content in self.damage(good).items():
            with self.subTest(name):
                path.write_bytes(content)
                broken = Saproxy(self.proxy.config, self.stage.folder / "ready-broken").start(wait=False)
                self.addCleanup(broken.kill)
                self.assertEqual(NOT_STARTED, broken.wait(10), broken.text())
                self.assertIn(str(path), broken.text())
                self.assertFalse((self.stage.folder / "ready-broken").exists())
                self.assertEqual(content, path.read_bytes(), "the evidence is left as it was")
        path.write_bytes(good)
        self.proxy.start()
        self.proxy.wait_until_ready()
        self.assertEqual(before, self.records.all())

    def test_a_second_process_does_not_take_it_away(self):
        with self.node() as connection:
            stem = self.a_stem()
            self.registered(connection, stem)
            text = self.stage.text(admin="")
            config = self.stage.folder / "second.toml"
            second = Saproxy(config, self.stage.folder / "ready-second")
            second.write_config(text)
            second.start(wait=False)
            self.addCleanup(second.kill)
            self.assertEqual(NOT_STARTED, second.wait(10), second.text())
            self.assertIn("registry.db", second.text())
            self.assert_may_speak(connection, stem)
            self.registered(connection, self.a_stem())


if __name__ == "__main__":
    main()
