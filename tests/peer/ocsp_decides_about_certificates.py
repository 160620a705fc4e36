#!/usr/bin/env python3
"""Promise: with [trust.ocsp] nobody is let in, and nothing is forwarded, before a responder has vouched for the certificate; a responder
that is away stops those that hard mode says, one that is slow stops nobody else, and who is revoked later is put out.

Spec: RFC 6960; TS-0003 8.1.2.2; invariants 1 and 7
"""
import pathlib
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, stage  # noqa: E402
from saproxy.cases import StageCase, main  # noqa: E402
from saproxy.ocsp import Responder  # noqa: E402
from saproxy.process import wait_until  # noqa: E402

GONE = "http://127.0.0.1:1"


class Ocsp(StageCase):
    """Everybody starts with nothing known: a new responder is another address, and other settings forget."""

    MODE = "hard"

    def setUp(self):
        super().setUp()
        self.responder = Responder(self.pki).__enter__()
        self.addCleanup(self.responder.__exit__, None, None, None)
        self.leaf = self.pki.files("ae-c")[0]

    def trust(self, url=None, more="", mode=None):
        folder = self.pki.folder
        return (f'anchors = ["{folder}/root.crt", "{folder}/device-root.crt"]\n[trust.ocsp]\nmode = "{mode or self.MODE}"\n'
                f'{"" if url == "" else f"responder = {chr(34)}{url or self.responder.url}{chr(34)}"}\n{more}\n')

    def use(self, url=None, more="", mode=None):
        self.proxy.reload(self.stage.text(trust=self.trust(url, more, mode)))

    def counted(self, verdict):
        return self.proxy.metrics().sum("ocsp_questions_total", verdict=verdict)

    def assert_served(self, **options):
        with self.stage.certificate("ae-c", **options) as client:
            self.assert_answer(client.request(origin="Cdemo"), 200, 2000)

    def assert_refused(self, reason, verdict, alert=None):
        before = self.counted(verdict)
        with self.assertRaises(clients.TlsRefused) as raised:
            with self.stage.certificate("ae-c") as client:
                client.request(origin="Cdemo")
        if alert:
            self.assertIn(alert, str(raised.exception).upper())
        line = self.proxy.wait_for_log("handshake_failed", self.mark, reason=reason)
        self.assertIn("33-//sp.example.com/cse1/Cdemo", line["detail"])
        self.assertIn(verdict, line["detail"])
        self.assertEqual(before + 1, self.counted(verdict))
        self.assert_nothing_forwarded()


class Hard(Ocsp):
    def test_good(self):
        self.responder.set(self.leaf, "V")
        self.use()
        for _ in range(3):
            self.assert_served()
        self.assertEqual(1, self.responder.questions, "what is known is not asked again")

    def test_revoked(self):
        self.responder.set(self.leaf, "R")
        self.use()
        self.assert_refused("certificate_revoked", "revoked", "CERTIFICATE_REVOKED")

    def test_unknown(self):
        self.use()
        self.assert_refused("revocation_unknown", "unknown", "CERTIFICATE_UNKNOWN")

    def test_away(self):
        self.use(GONE)
        self.assert_refused("revocation_unknown", "unreachable", "CERTIFICATE_UNKNOWN")

    def test_without_a_responder(self):
        self.use("")
        self.assert_refused("revocation_unknown", "no_responder")

    def test_keys_are_not_asked_about(self):
        self.use(GONE)
        with self.stage.psk() as psk, self.stage.raw_key() as raw:
            self.assert_answer(psk.request(origin="Cpsk"), 200, 2000)
            self.assert_answer(raw.request(origin="Crpk1"), 200, 2000)

    def test_nonce(self):
        self.responder.set(self.leaf, "V")
        self.use(more="nonce = true")
        self.assert_served()

    def test_slow_responder_stops_nobody_else(self):
        self.responder.set(self.leaf, "V")
        self.use(more='timeout = "9s"')
        self.responder.may_answer.clear()
        got = []

        def wait():
            with self.stage.certificate("ae-c") as client:
                got.append(client.request(origin="Cdemo"))

        waiting = [threading.Thread(target=wait) for _ in range(4)]
        for thread in waiting:
            thread.start()
        self.proxy.wait_for_metric("ocsp_associations_waiting", 4)
        with self.stage.psk() as other:
            for _ in range(3):
                self.assert_answer(other.request(origin="Cpsk"), 200, 2000)
        self.assertEqual([], got)
        self.assertEqual(3, len(self.recorded()), "nothing of those that wait is forwarded")
        self.responder.may_answer.set()
        for thread in waiting:
            thread.join()
        self.assertEqual([(200, 2000)] * 4, [(answer.status, answer.rsc) for answer in got])
        self.assertEqual(1, self.responder.questions, "whoever asks")
        self.assertEqual(0, self.proxy.metrics().sum("ocsp_associations_waiting"))

    def test_a_client_that_leaves_while_it_waits(self):
        self.responder.set(self.leaf, "V")
        self.use()
        self.responder.may_answer.clear()
        client = subprocess.Popen(["openssl", "s_client", "-tls1_2", "-connect", "%s:%d" % self.stage.address, "-cert", self.leaf,
                                   "-cert_chain", self.leaf, "-key", self.pki.files("ae-c")[1]], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.proxy.wait_for_metric("ocsp_associations_waiting", 1)
        client.kill()
        client.communicate()
        self.responder.may_answer.set()
        wait_until(lambda: self.proxy.metrics().sum("ocsp_associations_waiting") == 0, 10, "the verdict")
        self.assert_served()

    def test_no_answer_in_time(self):
        self.responder.set(self.leaf, "V")
        self.use(more='timeout = "300ms"')
        self.responder.may_answer.clear()
        self.assert_refused("revocation_unknown", "timeout")

    def test_revoked_later(self):
        self.responder.set(self.leaf, "V")
        self.use(more='min_age = "1s"\nmax_age = "1s"\nretry_after = "100ms"')
        with self.stage.certificate("ae-c") as gone, self.stage.psk() as stays:
            self.assert_answer(gone.request(origin="Cdemo"), 200, 2000)
            wait_until(lambda: self.responder.questions > 1, 10, "the next question")
            self.assert_answer(gone.request(origin="Cdemo"), 200, 2000)
            self.responder.set(self.leaf, "R")
            self.assertTrue(gone.ended())
            self.assert_answer(stays.request(origin="Cpsk"), 200, 2000)
        line = self.proxy.wait_for_log("certificate_status", self.mark)
        self.assertEqual(("revoked", "33-//sp.example.com/cse1/Cdemo"), (line["verdict"], line["credential_id"]))
        self.proxy.wait_for_log("association_end", self.mark, reason="rejudged")

    def test_hard_ends_those_whose_answer_has_ended(self):
        self.responder.set(self.leaf, "V")
        self.use(more='min_age = "1s"\nmax_age = "1s"\nretry_after = "100ms"\ntimeout = "500ms"')
        with self.stage.certificate("ae-c") as gone:
            self.assert_answer(gone.request(origin="Cdemo"), 200, 2000)
            self.responder.may_answer.clear()
            self.assertTrue(gone.ended())

    def test_switched_on_for_those_that_are_there(self):
        self.responder.set(self.leaf, "R")
        self.use(mode="off")
        with self.stage.certificate("ae-c") as gone:
            self.assert_answer(gone.request(origin="Cdemo"), 200, 2000)
            self.use()
            self.assertTrue(gone.ended())
        self.proxy.wait_for_log("certificate_status", self.mark, verdict="revoked")

    def test_tls13(self):
        self.responder.set(self.leaf, "V")
        text = self.stage.text(trust=self.trust(), tls='versions = ["1.2", "1.3"]')
        self.proxy.reload(text)
        context = self.pki.context("ae-c", version=ssl.TLSVersion.TLSv1_3)
        with clients.http(clients.TlsChannel(self.stage.address, context)) as client:
            self.assert_answer(client.request(origin="Cdemo"), 200, 2000)
        self.responder.set(self.leaf, "R")
        self.proxy.reload(self.stage.text(trust=self.trust(more="nonce = true"), tls='versions = ["1.2", "1.3"]'))
        with self.assertRaises((clients.TlsRefused, ssl.SSLError, OSError)) as raised:
            with clients.http(clients.TlsChannel(self.stage.address, context)) as client:
                client.request(origin="Cdemo")
        self.assertIn("REVOKED", str(raised.exception).upper())
        self.assertEqual(1, len(self.recorded()))


class Soft(Ocsp):
    MODE = "soft"

    def test_away_is_forgiven_counted_and_logged(self):
        self.use(GONE)
        before = self.proxy.metrics().sum("ocsp_unchecked_total")
        for _ in range(3):
            self.assert_served()
        self.assertEqual(before + 3, self.proxy.metrics().sum("ocsp_unchecked_total"))
        lines = [line for line in self.proxy.log(since=self.mark) if "OCSP: no answer" in str(line)]
        self.assertEqual(1, len(lines), lines)

    def test_no_answer_in_time_is_forgiven(self):
        self.use(more='timeout = "300ms"')
        self.responder.may_answer.clear()
        self.assert_served()

    def test_revoked_is_not_forgiven(self):
        self.responder.set(self.leaf, "R")
        self.use()
        self.assert_refused("certificate_revoked", "revoked", "CERTIFICATE_REVOKED")

    def test_unknown_is_not_forgiven(self):
        self.use()
        self.assert_refused("revocation_unknown", "unknown")

    def test_responder_comes_back(self):
        self.responder.set(self.leaf, "R")
        self.use(more='timeout = "300ms"\nretry_after = "100ms"\nmin_age = "1s"')
        self.responder.may_answer.clear()
        with self.stage.certificate("ae-c") as gone:
            self.assert_answer(gone.request(origin="Cdemo"), 200, 2000)
            self.responder.may_answer.set()
            self.assertTrue(gone.ended())
        self.proxy.wait_for_log("certificate_status", self.mark, verdict="revoked")


class NamedByTheCertificate(Ocsp):
    STAGE = {"pki": stage.DemoPki()}  # of its own: the certificate is made anew

    def issue(self, url):
        """ae-c once more, with the responder's address in it."""
        folder = self.pki.folder
        extensions = self.responder.index.with_name("aia.ext")
        extensions.write_text(f"authorityInfoAccess=OCSP;URI:{url}\n")
        request, certificate = self.responder.index.with_name("aia.csr"), self.responder.index.with_name("aia.crt")
        chain, key = self.pki.files("ae-c")
        run = lambda *arguments: subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)  # noqa: E731
        run("x509", "-in", chain, "-x509toreq", "-copy_extensions", "copyall", "-signkey", key, "-out", request)
        run("x509", "-req", "-in", request, "-CA", folder / "intermediate.crt", "-CAkey", folder / "intermediate.key",
            "-copy_extensions", "copyall", "-extfile", extensions, "-days", "30", "-out", certificate)
        self.responder.set(certificate, "V")
        certificate.write_text(certificate.read_text() + (folder / "intermediate.crt").read_text())
        return clients.certificate_context(certificate, key, self.pki.path("root.crt"))

    def ask(self, context):
        with clients.http(clients.TlsChannel(self.stage.address, context)) as client:
            self.assert_answer(client.request(origin="Cdemo"), 200, 2000)

    def test_the_certificate_names_its_responder(self):
        self.use("", 'allow = ["localhost"]')
        self.ask(self.issue(self.responder.url.replace("127.0.0.1", "localhost") + "/status"))
        self.assertEqual(1, self.responder.questions)

    def test_no_certificate_leads_us_to_the_plaintext_port_of_the_cse(self):
        self.use("")
        for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::ffff:7f00:1]"):
            context = self.issue(f"http://{host}:{self.cse.port}/cse-in")
            with self.assertRaises(clients.TlsRefused):
                self.ask(context)
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="revocation_unknown")
        self.assertEqual(4, self.counted("not_allowed"))
        self.assert_nothing_forwarded()

    def test_only_those_on_the_list_are_asked(self):
        self.use("", 'allow = ["ocsp.example.com"]')
        context = self.issue(self.responder.url)
        with self.assertRaises(clients.TlsRefused):
            self.ask(context)
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="revocation_unknown")
        self.assertEqual(0, self.responder.questions)
        self.use("", 'allow = ["127.0.0.1"]')
        self.ask(context)


if __name__ == "__main__":
    main()
