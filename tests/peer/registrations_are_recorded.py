#!/usr/bin/env python3
"""Promise: who has registered is recorded as the CSE has confirmed it, over every credential and serialisation; only that credential may
speak as it, on every connection and worker, and until the registration ends.

Spec: TS-0001 9.6.4, 10.2.2.2 (registration), 10.2.2.3, 10.2.2.4 (update, de-registration); TS-0004 7.3.2.1 rule 3, 7.4.5.2; design invariant 9
"""
import pathlib
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients  # noqa: E402
from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.fake_cse import FakeCse  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402
from saproxy.registering import (  # noqa: E402
    ALREADY, CREATED, DELETED, NOT_AUTHENTICATED, AnyCse, RegistryCase, an_ae, serialise, timestamp, unix_time)

SP = "//sp.example.com"
POA = ["http://192.0.2.7:8080/notify", "coap://192.0.2.7"]

CREDENTIALS = {
    # name: connect, Credential-ID (None: of the table of the PKI), SAEF
    "certificate": (lambda s: s.certificate("ae-c"), f"33-{SP}/cse1/Cdemo", "certificate"),
    "s_certificate": (lambda s: s.certificate("ae-s"), f"33-{SP}/Sdemo", "certificate"),
    "psk": (lambda s: s.psk("ae"), "12-ae-psk@sp.example.com", "psk"),
    "psk_list": (lambda s: s.psk("list"), "12-list@sp.example.com", "psk"),
    "node": (lambda s: s.certificate("node-uri"), RegistryCase.NODE, "certificate"),
    "raw_key": (lambda s: s.raw_key(), None, "certificate"),
}
ROWS = [
    # credential, From, the AE-ID that it gets (None: the CSE assigns one)
    ("certificate", "Cdemo", "Cdemo"), ("certificate", "C", "Cdemo"), ("certificate", None, "Cdemo"),
    ("s_certificate", "Sdemo", "Sdemo"), ("s_certificate", "S", "Sdemo"),
    ("psk", "Cpsk", "Cpsk"), ("psk", "C", "Cpsk"), ("psk", None, "Cpsk"),
    ("psk_list", "Cchosen", "Cchosen"), ("psk_list", "C", None), ("psk_list", None, None),
    ("node", "Cnode1row", "Cnode1row"), ("raw_key", "Crpkrow", "Crpkrow"),
]


@expand([(f"{credential}__{origin or 'absent'}", *row) for row in ROWS for credential, origin, _ in [row]])
class EveryCredential(RegistryCase):
    def check(self, credential, origin, expected):
        connect, credential_id, saef = CREDENTIALS[credential]
        with connect(self.stage) as connection:
            answer = self.register(connection, origin, rn="ae-row", poa=POA, rr=True)
            self.assert_answer(answer, *CREATED)
            ae = answer.json["m2m:ae"]
            self.assertEqual(expected or ae["aei"], ae["aei"])
            self.assert_recorded_as(ae, credential_id or self.pki.row("rpk-client")["credential_id"], saef)
            self.assertEqual({ae["aei"]}, set(self.records.all()))
            self.assert_may_speak(connection, ae["aei"])
            if expected:
                self.assert_answer(self.register(connection, origin), *ALREADY)
            self.assert_answer(connection.request("DELETE", "/cse-in/ae-row", origin=ae["aei"]), *DELETED)
            self.assertEqual({}, self.records.all())

    def test_a_cse(self):
        """TS-0001 10.2.2.7"""
        with self.stage.psk("cse") as connection:
            body = {"m2m:csr": {"cb": "/mn9/base", "csi": "/mn9", "rr": True, "poa": POA, "rn": "mn9"}}
            self.assert_answer(connection.request("POST", origin="/mn9", ty=16, body=body), *CREATED)
            record = self.records.all()["/mn9"]
            self.assertEqual(("cse", "12-mn9@sp.example.com", POA), (record["kind"], record["credential_id"], record["points_of_access"]))
            self.assert_answer(connection.request("POST", origin="/mn9", ty=16, body=body), *ALREADY)
            self.assert_answer(connection.request("DELETE", "/cse-in/mn9", origin="/mn9"), *DELETED)
            self.assertEqual({}, self.records.all())


class TinyIot(RegistryCase):
    """Names each <remoteCSE> by its CSE-ID, whatever rn says, and says csi twice of it."""

    STAGE = RegistryCase.STAGE | {"cse": 'profile = "tinyiot"', "cse_arguments": ("--open-access", "--quirks", "tinyiot"), "workers": 1}

    def test_a_cse_is_recorded_where_it_is(self):
        with self.stage.psk("cse") as connection:
            body = {"m2m:csr": {"cb": "/mn9/base", "csi": "/mn9", "rr": True, "poa": POA, "rn": "wished"}}
            answer = connection.request("POST", origin="/mn9", ty=16, body=body)
            self.assert_answer(answer, *CREATED)
            self.assertEqual(2, answer.body.count(b'"csi":'))
            record = self.records.all()["/mn9"]
            self.assertEqual(("mn9", "cse-in/mn9"), (record["resource_id"], record["resource_path"]))
            self.assertEqual(unix_time(answer.json["m2m:csr"]["et"]), record["expires"])
            changed = connection.request("PUT", "/cse-in/mn9", origin="/mn9", body={"m2m:csr": {"poa": POA[:1]}})
            self.assert_answer(changed, 200, 2004)
            self.assertEqual(POA[:1], self.records.all()["/mn9"]["points_of_access"])
            self.assert_answer(connection.request("DELETE", "/cse-in/mn9", origin="/mn9"), *DELETED)
            self.assertEqual({}, self.records.all())


@expand([(f"{how}__{origin or 'absent'}", how, origin) for how in ("json", "xml", "cbor") for origin in ("stem", "C", None)])
class EverySerialisation(RegistryCase):
    """Spec: TS-0004 8.3 to 8.5"""

    @classmethod
    def setUpClass(cls):
        cls.any_cse = AnyCse()
        fake = FakeCse(cls.any_cse)
        cls.addClassCleanup(fake.__exit__)
        cls.STAGE = RegistryCase.STAGE | {"address": fake.address}
        super().setUpClass()

    def check(self, how, origin):
        with self.stage.psk("list") as connection:
            before = set(self.any_cse.made)
            answer = self.register(connection, self.a_stem("C") if origin == "stem" else origin, how=how, poa=POA)
            self.assert_answer(answer, *CREATED)
            (stem,) = set(self.any_cse.made) - before
            self.assertEqual(serialise(self.any_cse.made[stem], how), answer.body, "the answer of the CSE is not touched")
            # What the AE says of itself comes first, the CSE's word is for what it has decided.
            self.assert_recorded_as(self.any_cse.made[stem] | {"poa": POA, "rr": False}, "12-list@sp.example.com", "psk")
            self.assert_may_speak(connection, stem)


class SeveralOfOneNode(RegistryCase):
    """Spec: TS-0003 8.2.1 (a Node-ID certificate stands for several AEs)"""

    def test_each_is_recorded_and_each_may_speak(self):
        stems = [self.a_stem() for _ in range(20)]
        with self.node() as connection:
            for stem in stems:
                self.assert_recorded_as(self.registered(connection, stem, rn=f"ae-{stem}", poa=POA), self.NODE, "certificate")
            for stem in stems:
                self.assert_may_speak(connection, stem)
        self.assertEqual(20, self.proxy.metrics().sum("registrations"))


class WhatAWildcardCovers(RegistryCase):
    def test_is_nobodys_before_it_is_registered(self):
        stem = self.a_stem()
        with self.node() as connection:
            for method, target in (("GET", "/cse-in"), ("POST", "/cse-in"), ("PUT", f"/{stem}"), ("DELETE", f"/{stem}")):
                body = {"m2m:cnt": {}} if method in ("POST", "PUT") else None
                self.assert_answer(connection.request(method, target, origin=stem, body=body, ty=3 if method == "POST" else None),
                                   *NOT_AUTHENTICATED)
            self.assert_nothing_forwarded()

    def test_belongs_to_the_credential_that_registered_it(self):
        stem = self.a_stem()
        with self.node() as owner, self.stage.psk("list") as other:  # "C*" covers it as well
            self.registered(owner, stem)
            self.assert_may_speak(owner, stem)
            self.assert_may_not_speak(other, stem)
            self.assert_answer(self.register(other, stem), *ALREADY)
            self.assert_answer(other.request("DELETE", f"/{stem}", origin=stem), *NOT_AUTHENTICATED)
            self.assertEqual(self.NODE, self.records.all()[stem]["credential_id"])

    def test_a_refused_registration_gives_nothing(self):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, self.a_stem(), rn="taken")
            self.assert_answer(self.register(connection, stem, rn="taken"), 409, 4105)
            self.assert_may_not_speak(connection, stem)
            self.assertNotIn(stem, self.records.all())
            self.registered(connection, stem)
            self.assert_may_speak(connection, stem)


class EveryConnectionAndWorker(RegistryCase):
    STAGE = RegistryCase.STAGE | {"workers": 2}

    def on_both_workers(self, connect):
        """A connection for each worker: the kernel deals them out, so there are more until both have one."""
        found = {}
        for _ in range(64):
            mark = self.proxy.mark()
            connection = connect()
            worker = self.proxy.wait_for_log("association", mark)["association"].split("-")[1]
            if worker in found:
                connection.close()
            else:
                self.addCleanup(connection.close)
                found[worker] = connection
            if len(found) == 2:
                return list(found.values())
        self.fail("one worker got all connections")

    def test_registered_on_one_speaks_on_the_other_at_once(self):
        one, two = self.on_both_workers(self.node)
        for here, there in ((one, two), (two, one)):
            for _ in range(20):
                stem = self.a_stem()
                self.assert_may_not_speak(there, stem)
                self.registered(here, stem)
                self.assert_may_speak(there, stem)
                self.assert_answer(there.request("DELETE", f"/{stem}", origin=stem), *DELETED)
                self.assert_may_not_speak(here, stem)

    def test_a_connection_made_later_knows_it_from_the_handshake(self):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, stem)
        for connection in self.on_both_workers(self.node):
            self.assert_may_speak(connection, stem)

    def test_of_many_that_race_for_one_identity_one_wins(self):
        self.cse.control("/delay?ms=50")
        for _ in range(5):
            stem = self.a_stem()
            nodes, lists = self.on_both_workers(self.node), self.on_both_workers(lambda: self.stage.psk("list"))
            racers = [*nodes, *lists]
            start, answers = threading.Barrier(len(racers)), []

            def race(connection, stem=stem, start=start, answers=answers):
                start.wait()
                answers.append((self.register(connection, stem), connection))

            threads = [threading.Thread(target=race, args=(connection,)) for connection in racers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            codes = sorted(answer.rsc for answer, _ in answers)
            self.assertEqual([2001, 4117, 4117, 4117], codes)
            (winner,) = [connection for answer, connection in answers if answer.rsc == 2001]
            credential = self.NODE if winner in nodes else "12-list@sp.example.com"
            self.assertEqual(credential, self.records.all()[stem]["credential_id"])
            for connection in nodes:
                (self.assert_may_speak if winner in nodes else self.assert_may_not_speak)(connection, stem)
            for connection in lists:
                (self.assert_may_speak if winner in lists else self.assert_may_not_speak)(connection, stem)


class WhoHangsUp(RegistryCase):
    def test_is_registered_all_the_same(self):
        """The CSE has created it: that nobody waits for the answer changes nothing."""
        for how, abort in (("in order", False), ("by a reset", True)):
            with self.subTest(how):
                stem, mark = self.a_stem(), self.proxy.mark()
                self.cse.control(f"/delay?ms={int(500 * slowness())}")
                connection = self.node()
                before = len(self.recorded())
                connection.send(connection.encode("POST", origin=stem, ty=2, body={"m2m:ae": an_ae()}))
                wait_until(lambda before=before: len(self.recorded()) > before, 10, "the request to reach the CSE")
                if abort:
                    connection.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
                wait_until(lambda mark=mark: self.proxy.log("association_end", mark), 10, "the end of the connection")
                wait_until(lambda stem=stem: stem in self.records.all(), 10, "the registration")
                self.cse.control("/delay?ms=0")
                with self.node() as again:
                    self.assert_may_speak(again, stem)
                    self.assert_answer(self.register(again, stem), *ALREADY)

    def test_a_second_attempt_meanwhile_is_told_so(self):
        stem = self.a_stem()
        self.cse.control(f"/delay?ms={int(500 * slowness())}")
        with self.node() as first, self.node() as second:
            first.send(first.encode("POST", origin=stem, ty=2, body={"m2m:ae": an_ae()}))
            wait_until(lambda: self.recorded(), 10, "the request to reach the CSE")
            self.assert_answer(self.register(second, stem), *ALREADY)
            self.assert_answer(first.read(), *CREATED)
        self.the_only_request()


class Update(RegistryCase):
    def test_changes_points_of_access_and_end(self):
        stem, end = self.a_stem(), int(time.time()) + 7200
        with self.node() as connection:
            ae = self.registered(connection, stem, rn=f"ae-{stem}", poa=["http://192.0.2.1"])
            for number, target in enumerate((f"/cse-in/ae-{stem}", f"/-/ae-{stem}", f"/{stem}", f"/~/cse1/{stem}")):
                poa, et = [f"http://192.0.2.{number + 2}"], timestamp(end + number)
                answer = connection.request("PUT", target, origin=stem, body={"m2m:ae": {"poa": poa, "et": et, "rr": True}})
                self.assert_answer(answer, 200, 2004)
                self.assert_recorded_as(ae | {"poa": poa, "et": et, "rr": True}, self.NODE, "certificate")

    def test_that_the_cse_refuses_changes_nothing(self):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, stem, poa=POA)
            before = self.records.all()[stem]
            body = {"m2m:ae": {"poa": ["http://192.0.2.9"], "api": "Nother"}}
            self.assertGreaterEqual(connection.request("PUT", f"/{stem}", origin=stem, body=body).rsc, 4000)
            self.assertEqual(before, self.records.all()[stem])


ADDRESSES = ["/cse-in/{name}", "/-/{name}", "/{stem}", "/~/cse1/{stem}", "/~/cse1/cse-in/{name}", "/_/sp.example.com/cse1/{stem}",
             "/_/sp.example.com/cse1/-/{name}", "/%43node1{rest}"]


NAMES_OF_THE_BASE = ["/-", "/cse-in", "/~/cse1", "/~/cse1/-", "/~/cse1/cse-in", "/_/sp.example.com/cse1"]


@expand([(name, name) for name in NAMES_OF_THE_BASE])
class DeletionUnderAnotherName(RegistryCase):
    """Spec: TS-0001 7.2: the CSEBase has a name of its own, and "-"."""
    STAGE = RegistryCase.STAGE | {"cse": 'base_name = "cse-in"'}

    def check(self, base):
        for address in ("/cse-in/{}", "/-/{}", "/~/cse1/-/{}", "/~/cse1/cse-in/{}"):
            stem = self.a_stem()
            with self.subTest(address), self.node() as connection:
                self.assert_answer(self.register(connection, stem, base, rn=f"ae-{stem}"), *CREATED)
                self.assertEqual(f"-/ae-{stem}", self.records.all()[stem]["resource_path"])
                self.assert_answer(connection.request("DELETE", address.format(f"ae-{stem}"), origin=stem), *DELETED)
                self.assertNotIn(stem, self.records.all())


@expand([(address, address) for address in ADDRESSES])
class Deletion(RegistryCase):
    def check(self, address):
        stem = self.a_stem()
        with self.node() as connection, self.node() as other:
            self.registered(connection, stem, rn=f"ae-{stem}")
            self.assert_may_speak(other, stem)
            target = address.format(stem=stem, name=f"ae-{stem}", rest=stem.removeprefix("Cnode1"))
            self.assert_answer(connection.request("DELETE", target, origin=stem), *DELETED)
            self.assert_may_not_speak(connection, stem)
            self.assert_may_not_speak(other, stem)
            self.assertNotIn(stem, self.records.all())
            self.registered(connection, stem)

    def test_that_the_cse_refuses_ends_nothing(self):
        stem = self.a_stem()
        with self.node() as connection:
            self.registered(connection, stem)
            self.cse.fail("garbage", count=1)
            self.assert_answer(connection.request("DELETE", f"/{stem}", origin=stem), 502, 5103)
            self.assert_may_speak(connection, stem)


class End(RegistryCase):
    def test_comes_with_the_expiration_time(self):
        stem = self.a_stem()
        with self.node() as connection:
            ae = self.registered(connection, stem, et=timestamp(time.time() + 3))
            self.assert_may_speak(connection, stem)
            wait_until(lambda: connection.request(origin=stem).rsc == 4106, 20, "the registration to end")
            self.assertGreaterEqual(time.time(), unix_time(ae["et"]))
            self.assertNotIn(stem, self.records.all())
            wait_until(lambda: self.register(connection, stem).rsc == 2001, 20, "the CSE to notice as well")

    def test_comes_when_an_operator_forgets_it(self):
        stem = self.a_stem()
        with self.node() as one, self.node() as two:
            self.registered(one, stem)
            for connection in (one, two):
                self.assert_may_speak(connection, stem)
            done = self.records.forget(stem)
            self.assertEqual((0, f"forgot {stem}"), (done.returncode, done.stdout.strip()), done.stderr)
            for connection in (one, two):
                self.assert_may_not_speak(connection, stem)
            self.assertNotIn(stem, self.records.all())
            self.assertEqual(1, self.records.forget(stem).returncode)


class NamedByACertificate(RegistryCase):
    """An AE-ID that a certificate names and has registered is kept for it. Spec: TS-0003 8.1.2.5, 10.1.1.5"""
    STAGE = RegistryCase.STAGE | {"registration": 'strangers = "any"', "listener": 'no_identity = "register-only"',
                                  "psks": {"stranger": ("stranger@sp.example.com", "ab" * 16, ""),
                                           "wild": ("wild@sp.example.com", "cd" * 16, 'aes = ["C*"]')}}
    OTHERS = (("stranger@sp.example.com", "ab" * 16), ("wild@sp.example.com", "cd" * 16))

    def assert_nobody_else_registers(self):
        for identity, key in self.OTHERS:
            with clients.http(clients.openssl_psk(self.stage.address, identity, key)) as other:
                self.assert_answer(self.register(other, "Cdemo"), *NOT_AUTHENTICATED)

    def test_nobody_else_gets_it_afterwards(self):
        with self.stage.certificate("ae-c") as connection:
            self.registered(connection, "Cdemo", rn="kept")
            self.assert_answer(connection.request("DELETE", "/cse-in/kept", origin="Cdemo"), *DELETED)
            self.assertEqual({}, self.records.all())
            self.assert_nobody_else_registers()
            self.proxy.stop()
        self.proxy.start()
        self.proxy.wait_until_ready()
        self.assert_nobody_else_registers()
        with self.stage.certificate("ae-c") as connection:
            self.registered(connection, "Cdemo", rn="kept")
            self.assert_answer(connection.request("DELETE", "/cse-in/kept", origin="Cdemo"), *DELETED)
        self.assertEqual(0, self.records.forget("Cdemo").returncode)
        identity, key = self.OTHERS[1]
        with clients.http(clients.openssl_psk(self.stage.address, identity, key)) as other:
            self.assert_answer(self.register(other, "Cdemo"), *CREATED)


class Restart(RegistryCase):
    def test_keeps_everything(self):
        stems = [self.a_stem() for _ in range(10)]
        with self.node() as connection, self.stage.psk("list") as other:
            for stem in stems:
                self.registered(connection, stem, poa=POA)
            assigned = self.registered(other, "C")["aei"]
        before = self.records.all()
        self.proxy.stop()
        self.assertEqual(before, self.records.all())
        self.proxy.start()
        self.proxy.wait_until_ready()
        self.assertEqual(before, self.records.all())
        self.assertEqual(len(before), self.proxy.metrics().sum("registrations"))
        with self.node() as connection, self.stage.psk("list") as other:
            for stem in stems:
                self.assert_may_speak(connection, stem)
                self.assert_may_not_speak(other, stem)
                self.assert_answer(self.register(connection, stem), *ALREADY)
            self.assert_may_speak(other, assigned)
            self.assert_may_not_speak(connection, assigned)


class AnyWildcard(StageCase):
    """registration.wildcards = "any", which is how the other tests run: no registration is needed, as before."""

    def test_needs_no_registration(self):
        with self.stage.certificate("node-uri") as connection:
            self.assert_answer(connection.request(origin="Cnode1never"), 200, 2000)


if __name__ == "__main__":
    main()
