#!/usr/bin/env python3
"""Promise: saproxy asks the CSE about its registrations; what the CSE has clearly lost is dropped, for good and for everybody who speaks as it,
and can be registered again. Nothing else that a CSE says, and nothing that it leaves unsaid, drops anything or gives anybody an identity.

Spec: TS-0001 9.6.4, 10.2.2, 10.2.6; design invariants 1, 7, 9
"""
import http.client
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import expand, main  # noqa: E402
from saproxy.fake_cse import FakeCse, read_head  # noqa: E402
from saproxy.process import binary, slowness, wait_until  # noqa: E402
from saproxy.registering import CREATED, NOT_AUTHENTICATED, RegistryCase, an_ae  # noqa: E402
from small_cse.harness import SmallCse  # noqa: E402

ON_DEMAND = '[registry]\nfile = "registry.db"\nreconcile = "off"\n'


def reconcile(case):
    """(exit code, lines) of `saproxy registry reconcile`"""
    done = subprocess.run([binary(), "registry", "reconcile", "--config", case.proxy.config], capture_output=True, text=True,
                          timeout=60 * slowness())
    return done.returncode, (done.stdout + done.stderr).splitlines()


class Asked(RegistryCase):
    STAGE = RegistryCase.STAGE | {"more": ON_DEMAND, "cse": 'response_timeout = "1s"'}

    def tearDown(self):
        for stem in self.records.all():
            self.assertEqual(0, self.records.forget(stem).returncode)
        for stem in self.at_the_cse():
            self.directly("DELETE", f"/{stem}")

    def directly(self, method, target, origin="CAdmin", ty=None, body=None):
        """A request that goes around saproxy."""
        connection = http.client.HTTPConnection("127.0.0.1", self.cse.port, timeout=10)
        kind = "application/json" + (f";ty={ty}" if ty else "")
        connection.request(method, target, body=json.dumps(body) if body else None,
                           headers={"X-M2M-Origin": origin, "X-M2M-RI": "1", "X-M2M-RVI": "3", "Content-Type": kind})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return int(answer.headers["X-M2M-RSC"]), json.loads(content) if content else None

    def at_the_cse(self):
        """Resource ids of the AEs and remoteCSEs there."""
        return [ri for ty in (2, 16) for ri in self.directly("GET", f"/cse-in?fu=1&ty={ty}&drt=2")[1]["m2m:uril"]]

    def assert_line(self, lines, start):
        self.assertTrue(any(line.startswith(start) for line in lines), (start, lines))


class Forgotten(Asked):
    def test_an_ae_that_the_cse_has_lost_is_dropped_and_may_register_again(self):
        lost, kept = self.a_stem(), self.a_stem()
        with self.node() as one, self.node() as two:
            for stem in (lost, kept):
                self.registered(one, stem)
            self.assert_may_speak(two, lost)
            self.assertEqual(2002, self.directly("DELETE", f"/{lost}")[0])
            code, lines = reconcile(self)
            self.assertEqual(0, code, lines)
            self.assertEqual("reconciled with the CSE: 2 registered, 1 confirmed, 1 dropped, 0 contradicted, 0 undecided, 0 unknown", lines[0])
            self.assertEqual([f"dropped {lost}"], lines[1:])
            self.assertEqual({kept}, set(self.records.all()))
            for connection in (one, two):
                self.assert_may_not_speak(connection, lost)
                self.assert_may_speak(connection, kept)
            with self.stage.psk("list") as other:  # it is nobody's now
                self.registered(other, lost)
                self.assert_may_speak(other, lost)
                self.assert_may_not_speak(one, lost)
            metrics = self.proxy.metrics()
            self.assertGreaterEqual(metrics.sum("reconciliation_dropped_total"), 1)
            self.assertGreater(metrics.sum("reconciliation_last_success_timestamp_seconds"), 0)
        self.proxy.kill()
        self.proxy.start()
        self.proxy.wait_until_ready()
        self.assertEqual("12-list@sp.example.com", self.records.all()[lost]["credential_id"])

    def test_a_cse_likewise(self):
        with self.stage.psk("cse") as connection:
            body = {"m2m:csr": {"cb": "/mn9/base", "csi": "/mn9", "rr": True, "rn": "mn9"}}
            self.assert_answer(connection.request("POST", origin="/mn9", ty=16, body=body), *CREATED)
            self.assertEqual(0, reconcile(self)[0])
            self.assertEqual({"/mn9"}, set(self.records.all()))
            self.directly("DELETE", "/cse-in/mn9")
            self.assertIn("dropped /mn9", reconcile(self)[1])
            self.assertEqual({}, self.records.all())
            self.assert_answer(connection.request("POST", origin="/mn9", ty=16, body=body), *CREATED)

    def test_the_last_outcome_can_be_read_again(self):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, stem)
        self.directly("DELETE", f"/{stem}")
        _, lines = reconcile(self)
        status, text = self.proxy.admin("/registry/reconciliation")
        self.assertEqual((200, lines), (status, text.splitlines()))

    def test_questions_are_asked_as_the_registree(self):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, stem)
        self.cse.reset()
        reconcile(self)
        asked = {record["target"].partition("?")[0]: record["fields"]["x-m2m-origin"] for record in self.recorded()}
        self.assertEqual({"/cse-in": ["/cse1"], f"/{stem}": [stem]}, asked)


class Unknown(Asked):
    def test_is_listed_and_gives_nobody_an_identity(self):
        mine, stray = self.a_stem(), self.a_stem()
        with self.node() as connection:
            self.registered(connection, mine)
            self.assertEqual(2001, self.directly("POST", "/cse-in", stray, 2, {"m2m:ae": an_ae(rn="stray")})[0])
            code, lines = reconcile(self)
            self.assertEqual((0, ["unknown cse-in/stray " + stray]), (code, lines[1:]))
            self.assertEqual({mine}, set(self.records.all()))
            self.assert_may_not_speak(connection, stray)
            self.assertEqual(1, self.proxy.metrics().sum("reconciliation_registrations", state="unknown"))

    def test_is_nothing_once_it_has_gone(self):
        stray = self.a_stem()
        self.directly("POST", "/cse-in", stray, 2, {"m2m:ae": an_ae()})
        self.assertEqual(2, len(reconcile(self)[1]))
        with self.node() as connection:
            self.assert_answer(self.register(connection, stray), 403, 4117)  # the CSE has it, and nobody may speak for it
            self.directly("DELETE", f"/{stray}")  # as an operator does
            self.assertEqual(1, len(reconcile(self)[1]))
            self.registered(connection, stray)


AWAY = ["refuse", "hang", "cut-head", "cut-body", "huge-header", "smuggle", "no-rsc", "wrong-ri", "garbage"]


@expand([(mode, mode) for mode in AWAY])
class Away(Asked):
    def check(self, mode):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, stem)
            self.directly("DELETE", f"/{stem}")  # it would be dropped, if the CSE said so
            self.cse.fail(mode)
            code, lines = reconcile(self)
            self.assertEqual(1, code, lines)
            self.assert_line(lines, "not reconciled: ")
            self.assertEqual({stem}, set(self.records.all()))
            self.cse.reset()
            self.assertIn(f"dropped {stem}", reconcile(self)[1])


class Slow(Asked):
    def test_answers_that_come_late_are_answers(self):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, stem)
            self.cse.control("/delay?ms=100")
            self.assertEqual(0, reconcile(self)[0])
            self.cse.control("/delay?ms=0")
            self.assert_may_speak(connection, stem)


class Lying(RegistryCase):
    """`tables` is what the CSE answers to a GET, by target: (code, object); 4004 to everything else."""

    STEM = "Cnode1liar"

    @classmethod
    def setUpClass(cls):
        cls.tables = {}
        fake = FakeCse(cls.serve)
        cls.addClassCleanup(fake.__exit__)
        cls.STAGE = RegistryCase.STAGE | {"address": fake.address, "more": ON_DEMAND}
        super().setUpClass()

    @classmethod
    def serve(cls, connection):
        while True:
            head, body = read_head(connection)
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            while length and len(body) < int(length[1]):
                body += connection.recv(65536)
            method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
            ri = re.search(rb"(?i)\r\nx-m2m-ri: *(\S+)", head)
            code, content = (2001, cls.ae("x1")) if method == "POST" else cls.tables.get(target, (4004, {"m2m:dbg": "no"}))
            body = json.dumps(content).encode()
            connection.sendall(b"HTTP/1.1 %d \r\nX-M2M-RSC: %d\r\nX-M2M-RI: %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
                201 if code == 2001 else 200 if code < 3000 else 404, code, ri[1] if ri else b"1", len(body), body))

    @classmethod
    def ae(cls, ri, aei=STEM):
        return {"m2m:ae": {"ri": ri, "rn": "liar", "aei": aei}}


BASE = {"/cse-in": (2000, {"m2m:cb": {"csi": "/cse1"}})}
HERE = {"/x1": (2000, Lying.ae("x1"))}
LIES = [
    # name, answers, dropped, exit code
    ("all_is_well", BASE | HERE, False, 0),
    ("everything_is_gone", BASE, True, 0),
    ("not_under_its_id_but_under_its_path", BASE | {"/cse-in/liar": (2000, Lying.ae("x9"))}, False, 0),
    ("another_ae_under_its_path", BASE | {"/cse-in/liar": (2000, Lying.ae("x9", "Cother"))}, True, 0),
    ("another_ae_under_its_id", BASE | {"/x1": (2000, Lying.ae("x1", "Cother"))}, False, 0),
    ("a_container", BASE | {"/x1": (2000, {"m2m:cnt": {"ri": "x1"}})}, False, 0),
    ("no_privilege", BASE | {"/x1": (4103, {})}, False, 0),
    ("conflict", BASE | {"/x1": (4105, {})}, False, 0),
    ("broken", BASE | {"/x1": (5000, {})}, False, 0),
    ("no_base", {}, False, 1),
    ("another_base", {"/cse-in": (2000, {"m2m:cb": {"csi": "/cse2"}})}, False, 1),
    ("base_without_identity", {"/cse-in": (2000, {"m2m:cb": {"ri": "cse1"}})}, False, 1),
    ("hidden_base", {"/cse-in": (4103, {})}, False, 1),
    ("a_list_without_end", BASE | HERE | {"/cse-in?fu=1&ty=2&lim=100": (2000, {"m2m:uril": [f"x{i}" for i in range(5000)]})}, False, 0),
    ("a_list_of_rubbish", BASE | HERE | {"/cse-in?fu=1&ty=2&lim=100": (2000, {"m2m:uril": ["a\r\nX: y", "../x"]})}, False, 0),
    ("a_list_that_is_none", BASE | HERE | {"/cse-in?fu=1&ty=2&lim=100": (2000, ["x"])}, False, 0),
]


@expand(LIES)
class Lie(Lying):
    def check(self, tables, dropped, exit_code):
        type(self).tables = BASE | HERE
        with self.node() as connection:
            self.assert_answer(self.register(connection, self.STEM, rn="liar"), *CREATED)
            type(self).tables = tables
            code, lines = reconcile(self)
            self.assertEqual(exit_code, code, lines)
            self.assertEqual(set() if dropped else {self.STEM}, set(self.records.all()), lines)
            self.assert_may_not_speak(connection, "Cother")
        self.records.forget(self.STEM)


class ByItself(RegistryCase):
    """As it is by default: when the CSE begins to answer."""

    STAGE = RegistryCase.STAGE | {"more": '[registry]\nfile = "registry.db"'}

    def succeeded(self):
        return self.proxy.metrics().sum("reconciliations_total", result="ok")

    def test_a_cse_that_comes_back_empty_has_nobody(self):
        stems = [self.a_stem() for _ in range(5)]
        with self.node() as connection:
            for stem in stems:
                self.registered(connection, stem)
        self.proxy.stop()
        self.cse.stop()
        with SmallCse("--open-access", "--port", str(self.cse.port)):
            self.proxy.start()
            wait_until(lambda: self.succeeded() >= 1, 20, "the CSE to be asked")
            self.assertEqual({}, self.records.all())
            with self.node() as connection:
                for stem in stems:
                    self.assert_may_not_speak(connection, stem)
                    self.registered(connection, stem)
                    self.assert_may_speak(connection, stem)
            before = self.records.all()
            self.proxy.stop()
            self.proxy.start()
            wait_until(lambda: self.succeeded() >= 1, 20, "the CSE to be asked")
            self.assertEqual(before, self.records.all(), "who is there stays")


class Full(RegistryCase):
    """[registry] max_registrations, max_registrations_per_credential"""

    FULL = (406, 5207)
    STAGE = RegistryCase.STAGE | {"more": ON_DEMAND + "max_registrations = 3\nmax_registrations_per_credential = 2\n"}

    def test_no_more_are_accepted_until_one_ends(self):
        stems = [self.a_stem() for _ in range(4)]
        with self.node() as node, self.stage.psk("list") as other:
            for stem in stems[:2]:
                self.registered(node, stem)
            self.assert_answer(self.register(node, stems[2]), *self.FULL)
            self.assert_may_not_speak(node, stems[2])
            self.registered(other, stems[2])
            self.assert_answer(self.register(other, stems[3]), *self.FULL)
            self.assertEqual(set(stems[:3]), set(self.records.all()))
            refusals = self.proxy.metrics().nonzero("refusals_total", "reason")
            self.assertEqual((1, 1), (refusals["too_many_of_credential"], refusals["too_many_registrations"]))
            self.assert_answer(node.request("DELETE", f"/{stems[0]}", origin=stems[0]), 200, 2002)
            self.registered(node, stems[3])

    def test_who_is_registered_may_ask_again(self):
        stem = self.a_stem()
        for known in self.records.all():
            self.records.forget(known)
        with self.node() as node:
            for each in (stem, self.a_stem()):
                self.registered(node, each)
            self.assert_answer(self.register(node, stem), 403, 4117)


if __name__ == "__main__":
    main()
