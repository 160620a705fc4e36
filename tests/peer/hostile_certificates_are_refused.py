#!/usr/bin/env python3
"""Promise: of all certificates only those of the oneM2M profile, with a whole, unrevoked path to a trust anchor, make an association.

The corpus of tests/support/pki as real handshakes; its manifest says what to expect of each. Rows marked `open` are not insisted on.
Spec: TS-0003 10.1.1, 8.1.2.2, 8.1.2.4; RFC 5280 6.1
"""
import json
import pathlib
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, raw_tls, stage  # noqa: E402
from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.process import slowness  # noqa: E402

CORPUS = stage.scratch_folder() / "corpus"
subprocess.run([sys.executable, "-B", stage.ROOT / "tests/support/pki/make_corpus.py", CORPUS], check=True, stdout=subprocess.DEVNULL)
MANIFEST = json.loads((CORPUS / "manifest.json").read_text())
CASES = {case["name"]: case for case in MANIFEST["cases"]}

# The reasons that the log and the metric may give for a word of the corpus.
BY_EITHER = {"profile_violation", "untrusted_chain"}  # wolfSSL sees some faults of a leaf before the profile is asked
REASONS = {
    "expired": {"certificate_expired"},
    "not_yet_valid": {"certificate_expired"},
    "chain_untrusted": {"untrusted_chain"},
    "chain_bad_signature": {"untrusted_chain", "key_not_proven"},
    "chain_not_ca": {"untrusted_chain", "profile_violation", "message_malformed"},
    "chain_path_length": {"untrusted_chain"},
    "chain_too_long": {"untrusted_chain"},
    "chain_revoked": {"certificate_revoked"},
    "malformed": BY_EITHER | {"message_malformed", "key_not_proven"},
}


def identity_tables():
    """Entries for the credentials of accepted cases that name no AE or CSE by themselves; two cases may name the same."""
    wanted = {case["credential_id"] for case in MANIFEST["cases"] if case["flavour"] in ("node_id", "device")}
    return "".join(f'[[identity]]\ncredential = "{text}"\naes = ["Cknown*"]\n' for text in sorted(wanted))


CONFIG = {
    "psks": {},
    "frameworks": '["certificate"]',
    "identities": identity_tables().replace("{", "{{").replace("}", "}}"),
    "trust": f'anchors = ["{CORPUS}/trust.crt"]\ncrls = ["{CORPUS}/all.crl"]',
    "certificates": f'[[certificate]]\nname = "cse"\nchain_file = "{CORPUS}/good/server.crt"\nkey_file = "{CORPUS}/keys/server.key"\n',
}


# ecdsa_secp256r1_sha256 with r = s = 1
NO_PROOF = b"\x04\x03\x00\x08\x30\x06\x02\x01\x01\x02\x01\x01"


def from_of(case):
    """A From that the case's identity may use."""
    identity = case["identity"]
    if case["flavour"] == "cse_id":
        return identity
    return identity.rsplit("/", 1)[1] if identity else "Cknown1"


class Handshakes(StageCase):
    STAGE = CONFIG

    def answer_to(self, case):
        """The bytes of the answer to a RETRIEVE, or nothing when no association came about."""
        request = (f"GET /cse-in HTTP/1.1\r\nHost: a\r\nX-M2M-Origin: {from_of(case)}\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\n"
                   "Connection: close\r\n\r\n").encode()
        try:
            context = clients.certificate_context(CORPUS / case["file"], CORPUS / case["key"], None, ciphers="ALL")
        except ssl.SSLError:  # this OpenSSL does not take the certificate, so no client made of it could show it
            return answer_to_raw_client(self.stage.address, case)
        try:
            with clients.http(clients.TlsChannel(self.stage.address, context)) as connection:
                connection.send(request)
                return connection.read_to_end()
        except (clients.TlsRefused, OSError):
            return b""

    def check(self, name):
        case = CASES[name]
        answer = self.answer_to(case)
        if case["expect"] == "accept":
            self.assertIn(b"HTTP/1.1 200", answer)
            line = self.proxy.wait_for_log("association", self.mark)
            self.assertEqual(case["credential_id"], line["credential_id"])
            return
        self.assertNotIn(b"HTTP/1.1", answer, case["defect"])
        self.assert_nothing_forwarded()
        self.assertEqual([], self.proxy.log("association", self.mark))
        line = self.proxy.wait_for_log("handshake_failed", self.mark)
        if line["reason"] == "no_certificate":  # the client kept it to itself
            mark = self.proxy.mark()
            self.assertEqual(b"", answer_to_raw_client(self.stage.address, case))
            line = self.proxy.wait_for_log("handshake_failed", mark)
        allowed = set().union(*(REASONS.get(word, BY_EITHER) for word in (case["reason"], *case["also"])))
        self.assertIn(line["reason"], allowed, line)
        self.assertTrue(line.get("detail"), line)
        reason = {"result": "failed", "reason": line["reason"]}
        self.assertGreater(self.proxy.metrics().sum("handshakes_total", **reason), self.before.sum("handshakes_total", **reason))

    def setUp(self):
        super().setUp()
        self.before = self.proxy.metrics()


def answer_to_raw_client(address, case):
    """Sends the Certificate message by hand: the verdict on it comes before any proof of the key is needed."""
    with socket.create_connection(address, timeout=10 * slowness()) as connection:
        tls = raw_tls.RawTls(connection)
        tls.send_client_hello(raw_tls.CERTIFICATE_SUITES)
        tls.read_server_flight()
        tls.send_handshake(raw_tls.CERTIFICATE, raw_tls.certificate_body(raw_tls.der_of_pem((CORPUS / case["file"]).read_text())))
        tls.send_handshake(raw_tls.CLIENT_KEY_EXCHANGE, raw_tls.ecdhe_body())
        tls.send_handshake(raw_tls.CERTIFICATE_VERIFY, NO_PROOF)
        rest = tls.read_to_end()
    return rest if b"HTTP" in rest else b""


def rows():
    for case in MANIFEST["cases"]:
        if not case["open"] and case["role"] == "client" and case["trust"] == "trust.crt":
            yield case["name"], case["name"]


@expand(rows())
class TheCorpus(Handshakes):
    """With the switches as they are by default."""


@expand([(f"{case['name']}_with_{'_'.join(case['switches'])}", case["name"]) for case in MANIFEST["cases"]
         if case["switches"] and not case["open"]])
class WithTheirSwitches(Handshakes):
    """The departures that occur in the field are accepted when they are named."""

    STAGE = CONFIG | {"trust": f'anchors = ["{CORPUS}/trust-field.crt"]\ncrls = ["{CORPUS}/all.crl"]',
                      "tls": 'allow = ["rsa", "p384", "node-id-in-dns-name", "missing-key-usage", "ca-without-name-constraints"]'}

    def check(self, name):
        case = CASES[name]
        self.assertIn(b"HTTP/1.1 200", self.answer_to(case))
        self.assertEqual(case["credential_id"], self.proxy.wait_for_log("association", self.mark)["credential_id"])


class Paths(Handshakes):
    def test_the_constraint_of_the_root_holds_below_a_wider_intermediate(self):
        self.assertNotIn(b"HTTP", self.answer_to(CASES["constraint-of-root"]))
        self.assert_nothing_forwarded()
        self.proxy.wait_for_log("handshake_failed", self.mark)

    def test_an_intermediate_that_somebody_else_sent_does_not_complete_a_path(self):
        """The same worker and context has seen the whole chain before; it must not be remembered for others."""
        for _ in range(6):
            self.assertIn(b"HTTP/1.1 200", self.answer_to(CASES["ae-c"]))
        for name in ("missing-intermediate", "wrong-intermediate"):
            for _ in range(4):
                mark = self.proxy.mark()
                self.assertNotIn(b"HTTP", self.answer_to(CASES[name]), name)
                self.proxy.wait_for_log("handshake_failed", mark)

    def test_a_certificate_without_its_key_proves_nothing(self):
        self.assertEqual(b"", answer_to_raw_client(self.stage.address, CASES["ae-c"]))
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="key_not_proven")

    def test_certificate_verify_must_not_be_left_out(self):
        """CVE-2026-2645 and its kin: the certificate is public, the proof is the signature."""
        pem = (CORPUS / CASES["ae-c"]["file"]).read_text()
        for messages in (("certificate", "key", "finished"), ("certificate", "finished"), ("key", "finished"), ("finished",),
                         ("certificate", "verify", "key", "finished"), ("certificate", "key", "key", "finished"),
                         ("certificate", "certificate", "key", "finished")):
            mark = self.proxy.mark()
            with socket.create_connection(self.stage.address, timeout=10) as connection:
                tls = raw_tls.RawTls(connection)
                tls.send_client_hello(raw_tls.CERTIFICATE_SUITES)
                tls.read_server_flight()
                for message in messages:
                    if message == "certificate":
                        tls.send_handshake(raw_tls.CERTIFICATE, raw_tls.certificate_body(raw_tls.der_of_pem(pem)))
                    elif message == "key":
                        tls.send_handshake(raw_tls.CLIENT_KEY_EXCHANGE, raw_tls.ecdhe_body())
                    elif message == "verify":
                        tls.send_handshake(raw_tls.CERTIFICATE_VERIFY, NO_PROOF)
                    else:
                        tls.send_change_cipher_spec()
                        tls.send_record(22, bytes(80))
                tls.read_to_end()
            line = self.proxy.wait_for_log("handshake_failed", mark)
            self.assertIn(line["reason"], ("message_order", "second_key_exchange", "no_certificate", "key_not_proven"), (messages, line))
        self.assertEqual([], self.proxy.log("association", self.mark))


class RevocationTakesEffect(StageCase):
    """A CRL that a reload brings: new handshakes at once."""

    @classmethod
    def setUpClass(cls):
        cls.STAGE = {"pki": stage.DemoPki()}
        super().setUpClass()

    def test_a_certificate_revoked_later_makes_no_association(self):
        with self.stage.certificate("ae-c") as connection:
            self.assert_answer(connection.request(origin="Cdemo"), 200, 2000)
        self.pki.revoke("ae-c")
        self.proxy.reload()
        with self.assertRaises((clients.TlsRefused, OSError)):
            with self.stage.certificate("ae-c") as connection:
                connection.request(origin="Cdemo")
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="certificate_revoked")
        with self.stage.certificate("ae-s") as connection:
            self.assert_answer(connection.request(origin="Sdemo"), 200, 2000)


class WithoutACurrentCrl(Handshakes):
    def test_is_refused_when_one_is_required(self):
        only_root = f'anchors = ["{CORPUS}/trust.crt"]\ncrls = ["{CORPUS}/ca/root.crl"]\nrequire_crl = true'
        stale = f'anchors = ["{CORPUS}/trust.crt"]\ncrls = ["{CORPUS}/ca/root.crl", "{CORPUS}/ca/intermediate-expired.crl"]\nrequire_crl = true'
        for trust in (only_root, stale):
            mark = self.proxy.mark()
            self.proxy.reload(self.stage.text(trust=trust))
            self.assertNotIn(b"HTTP", self.answer_to(CASES["ae-c"]))
            self.proxy.wait_for_log("handshake_failed", mark, reason="revocation_unknown")

    def test_is_accepted_when_none_is_required(self):
        self.proxy.reload(self.stage.text(trust=f'anchors = ["{CORPUS}/trust.crt"]'))
        self.assertIn(b"HTTP/1.1 200", self.answer_to(CASES["ae-c"]))


if __name__ == "__main__":
    main()
