#!/usr/bin/env python3
"""Promise: many application rules, pre-shared keys and registrations are no reason for a slow start, and each rule speaks for its own
credential alone. 100,000 rules and keys and 20,000 registrations; with SAPROXY_FULL=1 a million and 100,000, with a deadline.

Spec: TS-0001 9.6.29, 10.2.2.2; TS-0003 10.5 (KpsaID), 8.2.1
"""
import hashlib
import pathlib
import sqlite3
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, stage  # noqa: E402
from saproxy.cases import FULL, StageCase, main  # noqa: E402
from saproxy.process import slowness  # noqa: E402

RULES = 1_000_000 if FULL else 100_000
REGISTRATIONS = 100_000 if FULL else 20_000
START = 15.0  # seconds for all of them together, on the machine where many_psks_start_in_time has its reference


def device(number):
    """KpsaID, key in hex, AE-ID-Stem"""
    return f"device{number:07}@sp.example.com", hashlib.md5(str(number).encode()).hexdigest(), f"Cdevice{number:07}"


def credential_of(number):
    """Every form: by name, by what it begins with, by what it ends with, by what stands between."""
    kpsa_id = device(number)[0]
    return (f"12-{kpsa_id}", f"12-device{number:07}*", f"*device{number:07}@sp.example.com", f"12-*{number:07}*.com")[number % 4]


SCHEMA = """
CREATE TABLE registration (
  entity_id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, credential_id TEXT NOT NULL, saef TEXT NOT NULL, app_id TEXT NOT NULL,
  resource_id TEXT NOT NULL, resource_path TEXT NOT NULL, points_of_access TEXT NOT NULL, request_reachable INTEGER NOT NULL,
  expires INTEGER NOT NULL, registered INTEGER NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x73617072;
PRAGMA user_version = 1;
"""


def registration(number):
    kpsa_id, _, stem = device(number)
    return stem, "ae", f"12-{kpsa_id}", "psk", "Napp", f"r{stem}", f"cse-in/{stem}", f"https://{stem}.example.com/\n", 1, 0, 1_795_000_000


def private_file(name, lines):
    path = stage.scratch_folder() / name
    path.touch(mode=0o600)
    with open(path, "w", encoding="ascii") as file:
        file.writelines(lines)
    return path


def registry_file():
    path = private_file("registry.db", ())
    database = sqlite3.connect(path)
    database.executescript(SCHEMA)
    database.executemany(f"INSERT INTO registration VALUES ({','.join('?' * 11)})", map(registration, range(REGISTRATIONS)))
    database.commit()
    database.close()
    return path


class ManyRules(StageCase):
    @classmethod
    def setUpClass(cls):
        keys = private_file("devices.keys", (":".join(device(number)[:2]) + "\n" for number in range(RULES)))
        rules = private_file("devices.rules", (f"{credential_of(number)} N* {device(number)[2]}\n" for number in range(RULES)))
        cls.STAGE = {"top": f'psk_files = ["{keys}"]\napp_rule_files = ["{rules}"]', "psks": {},
                     "more": f'[registry]\nfile = "{registry_file()}"\nmax_registrations = 10000000\nreconcile = "off"'}
        stage.DemoPki.shared()  # takes its own time
        began = time.monotonic()
        super().setUpClass()  # until it is ready
        cls.taken = time.monotonic() - began

    def register(self, connection, origin):
        return connection.request("POST", origin=origin, ty=2, body={"m2m:ae": {"api": "Napp", "rr": False, "srv": ["3"], "rn": origin}})

    def connected(self, number):
        identity, key, _ = device(number)
        return clients.http(clients.openssl_psk(self.stage.address, identity, key))

    def test_start_in_time(self):
        print(f"{RULES} rules, {RULES} PSKs, {REGISTRATIONS} registrations: ready after {self.taken:.2f} s (with the small CSE), "
              f"{self.proxy.resident_kib() // 1024} MiB", file=sys.stderr)
        if FULL:
            self.assertLess(self.taken, START * slowness())

    def test_each_lets_its_own_credential_register_as_its_own_ae(self):
        for number in range(RULES - 4, RULES):  # one of each form
            with self.connected(number) as connection:
                self.assert_answer(self.register(connection, device(number - 5)[2]), 403, 4126)
                self.assert_answer(self.register(connection, device(number)[2]), 201, 2001)

    def test_whoever_was_registered_speaks(self):
        for number in (0, REGISTRATIONS // 2 + 1, REGISTRATIONS - 1):
            with self.connected(number) as connection:
                self.assert_answer(connection.request(origin=device(number)[2]), 200, 2000)
                self.assert_answer(connection.request(origin=device(7)[2]), 403, 4106)


if __name__ == "__main__":
    main()
