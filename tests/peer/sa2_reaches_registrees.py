#!/usr/bin/env python3
"""Promise: a registree that is request reachable gets the CSE's requests over SA2: we are the client, and it proves the credential that
registered it before a byte of a request is sent. What it wrote as its points of access is what everybody reads; the CSE never sees it.

Spec: TS-0003 8.2.1 (SA2); TS-0004 7.3.3.9.1, 7.5.1.2 (notifications); design invariant 6
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy.cases import main  # noqa: E402
from saproxy.registree import (CertificateRegistree, gnutls_certificate_registree, gnutls_psk_registree,  # noqa: E402
                               gnutls_raw_key_registree, openssl_certificate_registree, openssl_psk_registree, raw_key_registree)
from saproxy.sa2 import Sa2Case, egress_table  # noqa: E402
from saproxy.stage import PSKS  # noqa: E402

SERVER = "cse1.sp.example.com"


class Notifications(Sa2Case):
    """End to end: an AE registers, another one posts data, the CSE notifies the first."""

    STAGE = {"more": egress_table(more='raw_key = "own"')}

    def setUp(self):
        super().setUp()
        self.poster = self.enterContext(self.stage.certificate("ae-s"))

    def assert_notified_of_a_post(self, registree, rn, text="hi"):
        self.post_data(self.poster, "Sdemo", rn, text)
        self.assert_notified(registree, text)

    def test_over_a_certificate(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            answer = self.register(connection, "Cdemo", registree, "ae-cert")
            self.assertEqual([registree.poa], answer.json["m2m:ae"]["poa"])
            self.subscribe(connection, "Cdemo", "ae-cert")
            for text in ("one", "two"):
                self.assert_notified_of_a_post(registree, "ae-cert", text)
            self.assertEqual(1, registree.connections)
            shown = dict(registree.peers.get(timeout=5)["subjectAltName"])
            self.assertEqual(SERVER, shown["DNS"])

    def test_over_a_psk_with_openssl(self):
        identity, key, _ = PSKS["ae"]
        with openssl_psk_registree(identity, key) as registree, self.stage.psk("ae") as connection:
            self.register(connection, "Cpsk", registree, "ae-psk")
            self.subscribe(connection, "Cpsk", "ae-psk")
            self.assert_notified_of_a_post(registree, "ae-psk")

    def test_over_a_raw_public_key(self):
        with raw_key_registree(self.pki, "rpk-client") as registree, self.stage.raw_key() as connection:
            self.register(connection, "Crpk1", registree, "ae-raw")
            self.subscribe(connection, "Crpk1", "ae-raw")
            for text in ("one", "two"):
                self.assert_notified_of_a_post(registree, "ae-raw", text)

    def test_at_a_host_that_has_a_name(self):
        """Its other address is not in `allow`; the name is what SNI says, and nothing is held against it."""
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-c") as connection:
            asked_for = []
            registree.context.sni_callback = lambda _channel, name, _context: asked_for.append(name)
            self.register(connection, "Cdemo", [f"https://localhost:{registree.port}"], "ae-named")
            self.assert_answer(self.notify(self.target("ae-named")), 200, 2000)
            self.assertEqual(f"localhost:{registree.port}", registree.next().fields["host"])
            self.assertEqual(["localhost"], asked_for)
            self.deregister(connection, "Cdemo", "ae-named")

    def test_of_several_aes_of_one_node(self):
        """Each has its own point of access, its own association, and the certificate of the node."""
        with CertificateRegistree(self.pki, "node-uri", trust=self.pki) as one, CertificateRegistree(self.pki, "node-uri") as two:
            with self.stage.certificate("node-uri") as connection:
                for stem, registree in (("Cnode11", one), ("Cnode12", two)):
                    self.register(connection, stem, registree, f"ae-{stem}")
                    self.subscribe(connection, stem, f"ae-{stem}")
                    self.assert_notified_of_a_post(registree, f"ae-{stem}", stem)
            self.assertEqual((1, 1), (one.connections, two.connections))
            self.assertTrue(one.requests.empty() and two.requests.empty())

    def test_the_cse_never_sees_where(self):
        with CertificateRegistree(self.pki) as registree, self.stage.certificate("ae-s") as connection:
            self.register(connection, "Sdemo", registree, "ae-hidden")
            stored = [record["body"] for record in self.cse.recorded() if record["body"] and b"ae-hidden" in record["body"]]
            self.assertTrue(stored)
            for body in stored:
                self.assertNotIn(b"https://", body)
            answer = connection.request("GET", "/cse-in/ae-hidden", origin="Sdemo")
            self.assertEqual([registree.poa], answer.json["m2m:ae"]["poa"])


class ServersOfOthers(Sa2Case):
    """TLS servers that nobody here wrote; gnutls-serv answers with a page about its session, without one header of oneM2M."""

    STAGE = {"more": egress_table(more='raw_key = "own"')}

    def registered(self, connection, origin, registree):
        """The request target of the CSE; it ends with the test."""
        self.register(connection, origin, registree, "ae1")
        self.addCleanup(self.deregister, connection, origin, "ae1")
        return self.target("ae1")

    def assert_page(self, target, *contents):
        """gnutls-serv knows no POST; a RETRIEVE goes the same way."""
        answer = self.notify(target, method="GET", body=None)
        self.assert_answer(answer, 200, 2000)
        self.assertEqual(["r1"], answer.values("X-M2M-RI"))
        for content in contents:
            self.assertIn(content, answer.body.decode("latin-1"))

    def test_openssl_with_a_certificate(self):
        registree = self.enterContext(openssl_certificate_registree(self.pki, "ae-c"))
        connection = self.enterContext(self.stage.certificate("ae-c"))
        self.assert_answer(self.notify(self.registered(connection, "Cdemo", registree)), 200, 2000)
        self.assertEqual("POST / HTTP/1.1", registree.next().line)
        self.assertIn(b"CN = CSE cse1", registree.seen)  # what we have shown

    def test_gnutls_with_a_certificate(self):
        registree = self.enterContext(gnutls_certificate_registree(self.pki, "ae-c"))
        connection = self.enterContext(self.stage.certificate("ae-c"))
        self.assert_page(self.registered(connection, "Cdemo", registree), "GnuTLS", "TLS1.2", "CSE cse1")

    def test_gnutls_with_a_psk(self):
        identity, key, _ = PSKS["ae"]
        registree = self.enterContext(gnutls_psk_registree(self.stage.folder, identity, key))
        connection = self.enterContext(self.stage.psk("ae"))
        self.assert_page(self.registered(connection, "Cpsk", registree), "GnuTLS", "PSK", identity)

    def test_gnutls_with_a_raw_public_key(self):
        registree = self.enterContext(gnutls_raw_key_registree(self.pki, "rpk-client"))
        connection = self.enterContext(self.stage.raw_key())
        self.assert_page(self.registered(connection, "Crpk1", registree), "GnuTLS", "TLS1.2")


if __name__ == "__main__":
    main()
