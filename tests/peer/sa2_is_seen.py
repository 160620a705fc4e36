#!/usr/bin/env python3
"""Promise: an operator sees what becomes of SA2: in the log, with the association that registered the far end, from `saproxy registry`, and in
the metrics. The tokens by which the CSE reaches registrees are shown nowhere.

Spec: TS-0003 8.2.1 (SA2)
"""
import pathlib
import re
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import StageCase, main  # noqa: E402
from saproxy.process import wait_until  # noqa: E402
from saproxy.registering import CREATED, Records, an_ae  # noqa: E402
from saproxy.registree import CertificateRegistree  # noqa: E402

MORE = '[registry]\nfile = "registry.db"\n[egress]\nlisten = "127.0.0.1:0"\ncertificate = "cse"\nallow = ["127.0.0.1"]\n'


class KnownChannel(CertificateRegistree):
    def secure(self, raw):
        self.channel = super().secure(raw)
        return self.channel


class SeenCase(StageCase):
    STAGE = {"more": MORE}

    @property
    def records(self):
        return Records(self.proxy.config)

    def registered(self, connection, registree, origin="Cdemo", rn="ae"):
        """An AE that is notified of what it posts."""
        for to, ty, body in (("/cse-in", 2, {"m2m:ae": an_ae() | {"rr": True, "rn": rn, "poa": [registree.poa]}}),
                             (f"/cse-in/{rn}", 3, {"m2m:cnt": {"rn": "data"}}),
                             (f"/cse-in/{rn}/data", 23, {"m2m:sub": {"rn": "sub", "nu": [f"/cse1/{origin}"], "enc": {"net": [3]}}})):
            self.assert_answer(connection.request("POST", to, origin=origin, ty=ty, body=body), *CREATED)

    def post(self, connection, origin="Cdemo", rn="ae"):
        answer = connection.request("POST", f"/cse-in/{rn}/data", origin=origin, ty=4, body={"m2m:cin": {"con": "hi"}})
        self.assert_answer(answer, *CREATED)

    def forget(self, connection, origin="Cdemo", rn="ae"):
        connection.request("DELETE", f"/cse-in/{rn}", origin=origin)

    def shown(self):
        return self.records.shown("Cdemo")


class AnAssociation(SeenCase):
    def test_is_logged_when_it_begins_and_ends(self):
        with KnownChannel(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            sa1 = self.proxy.wait_for_log("association", self.mark, listener="https")
            self.registered(connection, registree)
            self.post(connection)
            registree.next()
            sa2 = self.proxy.wait_for_log("association", self.mark, listener="egress")
            self.assertEqual(sa1["association"], sa2["registered_over"])
            self.assertNotEqual(sa1["association"], sa2["association"])
            for field, value in {"level": "info", "identities": "Cdemo", "entity": "ae", "saef": "certificate", "version": "TLSv1.2",
                                 "peer": f"127.0.0.1:{registree.port}", "credential_id": sa1["credential_id"]}.items():
                self.assertEqual(value, sa2[field], field)
            registree.channel.shutdown(socket.SHUT_RDWR)
            end = self.proxy.wait_for_log("association_end", self.mark, association=sa2["association"])
            # Without close_notify it may have been cut off.
            self.assertIn(end["reason"], ("peer_closed", "broken"))
            self.assertEqual(("debug", 1), (end["level"], end["requests"]))
            self.forget(connection)

    def test_that_ends_with_its_registration_says_so(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            self.registered(connection, registree)
            self.post(connection)
            registree.next()
            sa2 = self.proxy.wait_for_log("association", self.mark, listener="egress")
            self.forget(connection)
            end = self.proxy.wait_for_log("association_end", self.mark, association=sa2["association"])
            self.assertEqual("unregistered", end["reason"])

    def test_is_shown_by_registry_show_and_list(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            self.registered(connection, registree)
            self.assertEqual("none", self.shown()["SA2"])
            for _ in range(2):
                self.post(connection)
                registree.next()
            sa2 = self.proxy.wait_for_log("association", self.mark, listener="egress")
            wait_until(lambda: self.shown()["SA2"].startswith("established since 20"), what="an established SA2")
            shown = self.shown()
            self.assertEqual(sa2["version"] + " " + sa2["suite"], shown["TLS"])
            self.assertEqual(f"127.0.0.1:{registree.port}", shown["SA2 to"])
            self.assertEqual((sa2["association"], sa2["registered_over"]), (shown["association"], shown["registered over"]))
            self.assertEqual("2", shown["requests sent"])
            table = self.records.text("list").splitlines()
            column = table[0].index("SA2")
            self.assertEqual("established", table[1][column:].split()[0])
            self.assertIn('"sa2":"established"', self.records.text("list", "--json"))
            self.forget(connection)

    def test_is_counted(self):
        before = self.proxy.metrics()
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            self.registered(connection, registree)
            for _ in range(2):
                self.post(connection)
                registree.next()
            self.proxy.wait_for_metric("egress_requests_total", before.sum("egress_requests_total", result="answered") + 2, result="answered")
            after = self.proxy.metrics()
            self.assertEqual(1, after.sum("egress_handshakes_total", result="ok") - before.sum("egress_handshakes_total", result="ok"))
            self.assertEqual(1, after.sum("egress_associations_open"))
            self.assertEqual(2, after.sum("egress_request_duration_seconds_count") - before.sum("egress_request_duration_seconds_count"))
            self.forget(connection)
            wait_until(lambda: self.proxy.metrics().sum("egress_associations_open") == 0, what="the end of the association")

    def test_gives_no_token_away(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            self.registered(connection, registree)
            self.post(connection)
            registree.next()
            port = self.proxy.endpoint("egress")[1]
            stored = b"".join(record["body"] or b"" for record in self.cse.recorded())
            token = re.search(rb"http://127\.0\.0\.1:%d/([^\"/]+)" % port, stored)[1].decode()
            told = [self.records.text("show", "Cdemo"), self.records.text("list"), self.records.text("list", "--json"),
                    self.proxy.admin("/registry/associations")[1], self.proxy.admin("/registry/associations?id=Cdemo")[1],
                    self.proxy.admin("/metrics")[1], self.proxy.text()]
            for text in told:
                self.assertNotIn(token, text)
            self.forget(connection)


class AFailure(SeenCase):
    STAGE = {"more": MORE + 'answer_timeout = "1s"\n'}

    def test_to_prove_itself_is_counted_and_shown(self):
        before = self.proxy.metrics()
        with CertificateRegistree(self.pki, "ae-s") as somebody_else, self.stage.certificate("ae-c") as connection:
            self.registered(connection, somebody_else)
            self.post(connection)
            self.proxy.wait_for_metric("egress_handshakes_total", 1, result="failed")
            self.proxy.wait_for_metric("egress_requests_total", 1, result="not_proven")
            after = self.proxy.metrics()
            self.assertEqual(before.sum("egress_handshakes_total", result="ok"), after.sum("egress_handshakes_total", result="ok"))
            wait_until(lambda: self.shown()["SA2"] == "none", what="no SA2")
            self.assertIn(f"127.0.0.1:{somebody_else.port}: ", self.shown()["last failure"])
            self.forget(connection)

    def test_to_answer_in_time_is_a_missed_deadline(self):
        with CertificateRegistree(self.pki, answer=lambda request: None) as silent, self.stage.certificate("ae-c") as connection:
            self.registered(connection, silent)
            self.post(connection)
            silent.next()
            self.proxy.wait_for_metric("egress_requests_total", 1, result="timeout")
            self.assertIn("no answer in time", self.shown()["last failure"])
            self.forget(connection)


class ABound(SeenCase):
    STAGE = {"more": MORE + "max_connections = 1\n"}

    def test_of_associations_makes_one_that_is_not_used_give_way(self):
        with CertificateRegistree(self.pki) as first, self.stage.certificate("ae-c") as connection, \
                CertificateRegistree(self.pki, "ae-s") as second, self.stage.certificate("ae-s") as other:
            self.registered(connection, first)
            self.registered(other, second, "Sdemo", "other")
            self.post(connection)
            first.next()
            sa2 = self.proxy.wait_for_log("association", self.mark, listener="egress", identities="Cdemo")
            self.post(other, "Sdemo", "other")
            second.next()
            end = self.proxy.wait_for_log("association_end", self.mark, association=sa2["association"])
            self.assertEqual("crowded", end["reason"])
            self.forget(connection)
            self.forget(other, "Sdemo", "other")


if __name__ == "__main__":
    main()
