#!/usr/bin/env python3
"""Promise: SA2 lives and dies with the registration. Nobody is reached before it; what ends it ends the session within a second; who registers
elsewhere is reached there; a restart of either side is survived.

Spec: TS-0003 8.2.1 (SA1 before SA2); design invariant 7
"""
import pathlib
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import main  # noqa: E402
from saproxy.process import slowness, wait_until  # noqa: E402
from saproxy.registering import RegistryCase, timestamp  # noqa: E402
from saproxy.registree import CertificateRegistree, Registree, an_answer, free_port, openssl_psk_registree, server_context  # noqa: E402
from saproxy.sa2 import REFUSED, Sa2Case, egress_table  # noqa: E402
from saproxy.short_lived import ShortLived  # noqa: E402
from saproxy.stage import PSKS  # noqa: E402

REGISTRY = '[registry]\nfile = "registry.db"\n'
SECOND = 1.0
AE = {"origin": "Cdemo", "rn": "ae1"}


class FollowCase(Sa2Case):
    """Each test has a registree with a certificate that is registered as Cdemo, and leaves nothing behind."""

    STAGE = {"more": egress_table() + REGISTRY}

    def setUp(self):
        super().setUp()
        self.ae = self.enterContext(self.stage.certificate("ae-c"))
        self.registree = self.a_server()
        self.addCleanup(self.clean)

    def clean(self):
        with self.stage.certificate("ae-c") as connection:
            connection.request("DELETE", "/cse-in/ae1", origin="Cdemo")

    def a_server(self, **options):
        return self.enterContext(CertificateRegistree(self.pki, **options))

    def registered(self, registree=None, **attributes):
        """The request target of the CSE."""
        self.register(self.ae, "Cdemo", registree or self.registree, "ae1", **attributes)
        return self.target("ae1")

    def established(self):
        target = self.registered()
        self.assert_served(target, self.registree)
        return target

    def assert_ended_at_once(self, registree):
        wait_until(lambda: registree.ended == registree.accepted, SECOND, "the end of the session")

    def assert_ended_by_its_lifetime(self, registree):
        wait_until(lambda: registree.ended == 1, 15, "the end of the session")
        wait_until(lambda: any("-e-" in line["association"] for line in self.proxy.log("association_end", self.mark, reason="lifetime")),
                   5, "its line in the log")

    def assert_unreachable(self, target, registree):
        before = registree.accepted
        self.assert_refused(target)
        self.assertEqual(before, registree.accepted, "was reached")
        self.assertTrue(registree.requests.empty())


class Before(FollowCase):
    def test_registration_nobody_is_reached(self):
        token = "/r" + "a" * 25
        for target in (token, token + "/Cdemo", "/Cdemo", "/", "/~/cse1/Cdemo", "/cse-in/ae1", "/~/mn9/ae", "/_/sp.example.com/mn9/ae"):
            with self.subTest(target=target):
                self.assert_unreachable(target, self.registree)

    def test_registration_is_confirmed_nobody_is_reached(self):
        """One that the CSE refuses leaves nothing."""
        body = {"m2m:ae": {"api": "NApp", "rr": True, "rn": "ae1", "poa": [self.registree.poa], "srv": "no list"}}
        self.assertNotEqual(201, self.ae.request("POST", origin="Cdemo", ty=2, body=body).status)
        sent = [record["body"] for record in self.recorded() if b"no list" in record["body"]]
        if sent:
            token = sent[0].partition(b"127.0.0.1:")[2].partition(b"/")[2].partition(b'"')[0].decode()
            self.assert_unreachable("/" + token, self.registree)


class TheEnd(FollowCase):
    def test_comes_with_deregistration(self):
        target = self.established()
        self.deregister(self.ae, "Cdemo", "ae1")
        self.assert_unreachable(target, self.registree)  # at once, whatever becomes of the session
        self.assert_ended_at_once(self.registree)

    def test_comes_when_an_operator_forgets_it(self):
        target = self.established()
        done = RegistryCase.records.fget(self).forget("Cdemo")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assert_ended_at_once(self.registree)
        self.assert_unreachable(target, self.registree)

    def test_comes_with_the_expiration_time(self):
        target = self.registered(et=timestamp(time.time() + 2))
        self.assert_served(target, self.registree)
        wait_until(lambda: self.registree.ended == 1, 5, "the end of the session")
        self.assert_unreachable(target, self.registree)

    def test_answers_those_who_wait(self):
        """An answer is under way when the registree goes: the CSE does not wait for it."""
        self.registree.answer = lambda request: None
        target = self.registered()
        with self.as_cse() as connection:
            connection.send(connection.encode("POST", target, origin="/cse1", body={}))
            self.registree.next()
            self.deregister(self.ae, "Cdemo", "ae1")
            self.assert_answer(connection.read(SECOND), 404, 5103)
        self.assert_ended_at_once(self.registree)


class Idle(FollowCase):
    STAGE = {"more": egress_table(more='idle_timeout = "300ms"') + REGISTRY}

    def test_sessions_end_and_the_next_request_begins_another_one(self):
        target = self.established()
        wait_until(lambda: self.registree.ended == 1, 5, "the end of the session")
        self.proxy.wait_for_log("association_end", self.mark, reason="idle")
        self.assert_served(target, self.registree)
        self.assertEqual(2, self.registree.accepted)


class TheLifetime(FollowCase):
    STAGE = {"more": egress_table(more='session_lifetime = "1s"\nidle_timeout = "1h"') + REGISTRY}

    def test_of_a_session_ends_it_and_another_one_begins(self):
        target = self.established()
        self.assert_ended_by_its_lifetime(self.registree)
        self.assert_served(target, self.registree)
        self.assertEqual(2, self.registree.accepted)


class TheCertificate(FollowCase):
    STAGE = {"more": egress_table(more='idle_timeout = "1h"') + REGISTRY}

    def test_of_the_registree_ends_its_session(self):
        short = ShortLived(6)
        self.addCleanup(lambda: self.proxy.reload(self.stage.text()))
        self.proxy.reload(self.stage.text(trust=short.trust, certificates=short.certificates))
        registree = Registree()
        context = server_context(*short.files, short.anchors)
        registree.secure = lambda raw: context.wrap_socket(raw, server_side=True)
        with registree:
            with short.connect(self.stage.address) as connection:
                self.register(connection, "Cshort", registree, "short")
            target = self.target("short")
            self.assert_served(target, registree)
            self.assert_ended_by_its_lifetime(registree)
            self.assert_refused(target)
            self.assertTrue(registree.requests.empty())


class AnotherPlace(FollowCase):
    def test_is_where_it_registers_again(self):
        old = self.established()
        self.deregister(self.ae, "Cdemo", "ae1")
        there = self.a_server()
        new = self.registered(there)
        self.assert_served(new, there)
        self.assertNotEqual(old, new)
        self.assert_unreachable(old, self.registree)

    def test_is_where_an_update_says(self):
        target = self.established()
        there = self.a_server()
        self.update(self.ae, "Cdemo", "ae1", poa=[there.poa])
        self.assert_served(self.target("ae1"), there)
        self.assertEqual(target, self.target("ae1"))
        self.assert_ended_at_once(self.registree)
        self.assertEqual(1, self.registree.accepted)

    def test_in_the_clear_is_left_to_the_cse(self):
        target = self.established()
        self.update(self.ae, "Cdemo", "ae1", poa=["http://192.0.2.1:8080/ae"])
        self.assertEqual(["http://192.0.2.1:8080/ae"], self.stored("ae1")["poa"])
        self.assert_ended_at_once(self.registree)
        self.assert_unreachable(target, self.registree)

    def test_is_the_next_entry_when_the_first_does_not_answer(self):
        closed = free_port()
        target = self.registered([f"https://127.0.0.1:{closed}", self.registree.poa])
        self.assert_served(target, self.registree)


class ARestart(FollowCase):
    STAGE = {"more": egress_table(f"127.0.0.1:{free_port()}") + REGISTRY}

    def test_of_saproxy_is_survived(self):
        target = self.established()
        self.proxy.stop()
        self.assert_ended_at_once(self.registree)
        self.proxy.start()
        self.proxy.wait_until_ready()
        self.assertEqual(target, self.target("ae1"))
        self.assert_served(target, self.registree)
        with self.stage.certificate("ae-c") as connection:  # and everybody reads what was written
            answer = connection.request("GET", "/cse-in/ae1", origin="Cdemo")
            self.assertEqual([self.registree.poa], answer.json["m2m:ae"]["poa"])
            self.deregister(connection, "Cdemo", "ae1")
        self.assert_unreachable(target, self.registree)

    def test_of_the_registree_is_survived(self):
        target = self.established()
        port = self.registree.port
        self.registree.stop()
        self.assert_refused(target)
        again = self.a_server(port=port)
        self.wait_until_served(target)
        self.assertEqual(1, again.connections)

    def test_of_its_session_is_survived(self):
        """The kept connection ends while nobody looks: the next request opens another one."""
        target = self.established()
        self.registree.end_connections()
        self.assert_served(target, self.registree)
        self.assertEqual(2, self.registree.connections)


class TheEndOfSaproxy(FollowCase):
    STAGE = {"more": egress_table() + REGISTRY, "server": 'drain_timeout = "4s"'}

    def setUp(self):
        super().setUp()
        self.may_answer = threading.Event()
        self.registree.answer = lambda request: an_answer(request) if self.may_answer.wait(60) else None
        self.addCleanup(self.may_answer.set)
        self.addCleanup(self.start_again)
        target = self.registered()
        self.ae.close()
        self.asking, self.idle = self.enterContext(self.as_cse()), self.enterContext(self.as_cse())
        self.assert_answer(self.idle.request("POST", "/nobody", origin="/cse1", body={}), *REFUSED)
        self.asking.send(self.asking.encode("POST", target, origin="/cse1", body={}))
        self.registree.next()
        self.proxy.send_signal(signal.SIGTERM)
        self.assertTrue(self.idle.ended(3), "an idle connection of the CSE")

    def start_again(self):
        self.proxy.stop(expect=None)
        self.proxy.start()
        self.proxy.wait_until_ready()

    def test_waits_for_the_answer_that_is_under_way(self):
        self.assertIsNone(self.proxy.process.poll())
        self.may_answer.set()
        answer = self.asking.read()
        self.assert_answer(answer, 200, 2000)
        self.assertEqual("close", answer.header("Connection"))
        self.assertEqual(0, self.proxy.wait())

    def test_waits_no_longer_than_it_is_told(self):
        began = time.monotonic()
        self.assert_answer(self.asking.read(10), *REFUSED)
        self.assertEqual(0, self.proxy.wait())
        self.assertLess(time.monotonic() - began, 5 * slowness())


class AReload(FollowCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: self.proxy.reload(self.stage.text()))

    def test_without_the_anchor_ends_it(self):
        target = self.established()
        self.proxy.reload(self.stage.text(trust=f'anchors = ["{self.pki.path("device-root.crt")}"]'))
        self.assert_ended_at_once(self.registree)
        self.assert_refused(target)
        self.assertTrue(self.registree.requests.empty())
        self.proxy.reload(self.stage.text())
        self.wait_until_served(target)

    def test_with_everything_as_it_was_keeps_it(self):
        target = self.established()
        self.proxy.reload(self.stage.text())
        self.assert_served(target, self.registree)
        self.assertEqual((1, 0), (self.registree.accepted, self.registree.ended))

    def check_keys(self, psks):
        """What the configuration says of the key of ae-psk has changed."""
        identity, key, _ = PSKS["ae"]
        registree = self.enterContext(openssl_psk_registree(identity, key))
        with self.stage.psk() as connection:
            connection.request("DELETE", "/cse-in/ae-psk", origin="Cpsk")
            self.register(connection, "Cpsk", registree, "ae-psk")
        target = self.target("ae-psk")
        self.assert_served(target, registree)
        self.proxy.reload(self.stage.text(psks=psks))
        wait_until(lambda: b"}}DONE" in registree.seen, SECOND, "the end of the session")
        self.assert_refused(target)
        self.assertTrue(registree.requests.empty())
        self.proxy.reload(self.stage.text())
        self.wait_until_served(target)

    def test_without_the_key_ends_it(self):
        self.check_keys({name: entry for name, entry in PSKS.items() if name != "ae"})

    def test_with_another_key_ends_it(self):
        identity, _, stands_for = PSKS["ae"]
        self.check_keys(PSKS | {"ae": (identity, "ff" * 16, stands_for)})


if __name__ == "__main__":
    main()
