#!/usr/bin/env python3
"""Promise: every peer that follows TS-0003 10.2 completes a handshake and gets its request through, whatever library it is built on.

Spec: TS-0003 10.2.2, 10.2.3 (mandatory suites), 10.2.1 (SNI); RFC 7250; RFC 5746; RFC 7627
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, stage  # noqa: E402
from saproxy.cases import StageCase, expand, main  # noqa: E402
from saproxy.process import slowness  # noqa: E402

PSK_ID, PSK_KEY, _ = stage.PSKS["ae"]
BOTH_VERSIONS = 'versions = ["1.2", "1.3"]'
CERTIFICATE_PRIORITY = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:-CIPHER-ALL:+{}:+SHA256:+GROUP-SECP256R1:%DISABLE_SAFE_RENEGOTIATION"
RAW_PRIORITY = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:-CIPHER-ALL:+{}:+SHA256:+GROUP-SECP256R1:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"
PSK_PRIORITY = "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+PSK:-CIPHER-ALL:+{}:+SHA256"

ROWS = [
    # client, credential, suite as the client calls it, as the log of saproxy does
    ("openssl_psk_mandatory", "openssl", "psk", "PSK-AES128-CBC-SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA256"),
    ("openssl_psk_gcm", "openssl", "psk", "PSK-AES128-GCM-SHA256", "TLS_PSK_WITH_AES_128_GCM_SHA256"),
    ("openssl_psk_ccm", "openssl", "psk", "PSK-AES128-CCM", "TLS_PSK_WITH_AES_128_CCM"),
    ("openssl_psk_ccm8", "openssl", "psk", "PSK-AES128-CCM8", "TLS_PSK_WITH_AES_128_CCM_8"),
    ("openssl_ecdhe_psk", "openssl", "psk", "ECDHE-PSK-AES128-CBC-SHA256", "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256"),
    ("openssl_certificate_mandatory", "openssl", "certificate", "ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    ("openssl_certificate_gcm", "openssl", "certificate", "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    ("openssl_certificate_gcm_256", "openssl", "certificate", "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
    ("openssl_certificate_ccm", "openssl", "certificate", "ECDHE-ECDSA-AES128-CCM", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"),
    ("openssl_certificate_ccm8", "openssl", "certificate", "ECDHE-ECDSA-AES128-CCM8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
    ("gnutls_psk_mandatory", "gnutls", "psk", "AES-128-CBC", "TLS_PSK_WITH_AES_128_CBC_SHA256"),
    ("gnutls_psk_gcm", "gnutls", "psk", "AES-128-GCM:+AEAD", "TLS_PSK_WITH_AES_128_GCM_SHA256"),
    ("gnutls_certificate_mandatory", "gnutls", "certificate", "AES-128-CBC", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    ("gnutls_certificate_gcm", "gnutls", "certificate", "AES-128-GCM:+AEAD", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    ("gnutls_certificate_ccm8", "gnutls", "certificate", "AES-128-CCM-8:+AEAD", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
    ("gnutls_raw_key_mandatory", "gnutls", "raw-key", "AES-128-CBC", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    ("gnutls_raw_key_gcm", "gnutls", "raw-key", "AES-128-GCM:+AEAD", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    ("wolfssl_psk_mandatory", "wolfssl", "psk", "PSK-AES128-CBC-SHA256", "TLS_PSK_WITH_AES_128_CBC_SHA256"),
    ("wolfssl_psk_ccm8", "wolfssl", "psk", "PSK-AES128-CCM-8", "TLS_PSK_WITH_AES_128_CCM_8"),
    ("wolfssl_certificate_mandatory", "wolfssl", "certificate", "ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    ("wolfssl_certificate_gcm", "wolfssl", "certificate", "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    ("wolfssl_raw_key_mandatory", "wolfssl", "raw-key", "ECDHE-ECDSA-AES128-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"),
    ("wolfssl_raw_key_ccm8", "wolfssl", "raw-key", "ECDHE-ECDSA-AES128-CCM-8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
]
ROWS_13 = [
    ("openssl_psk", "openssl", "psk", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    ("openssl_certificate", "openssl", "certificate", "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    ("openssl_certificate_256", "openssl", "certificate", "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
    ("wolfssl_psk", "wolfssl", "psk", "TLS13-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"),
    ("wolfssl_certificate", "wolfssl", "certificate", "TLS13-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"),
    ("wolfssl_raw_key", "wolfssl", "raw-key", "TLS13-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256"),
]
STANDS_FOR = {"psk": ("Cpsk", f"12-{PSK_ID}"), "certificate": ("Cdemo", "33-//sp.example.com/cse1/Cdemo"), "raw-key": ("Crpk1", None)}


def connect(case, client, credential, suite, tls13=False):
    """A channel of that client with that credential."""
    pki, address = case.pki, case.stage.address
    chain, key = pki.files("ae-c")
    public, raw = pki.files("rpk-client")
    version = ("-tls1_3", "-ciphersuites", suite) if tls13 else ("-tls1_2",)
    if client == "openssl" and credential == "psk":
        return clients.openssl_psk(address, PSK_ID, PSK_KEY, suite if not tls13 else "DEFAULT", version)
    if client == "openssl":
        return clients.openssl_certificate(address, chain, key, pki.path("root.crt"), suite if not tls13 else "DEFAULT", version)
    if client == "gnutls" and credential == "psk":
        return clients.gnutls(address, PSK_PRIORITY.format(suite), "--pskusername", PSK_ID, "--pskkey", PSK_KEY)
    if client == "gnutls" and credential == "certificate":
        return clients.gnutls(address, CERTIFICATE_PRIORITY.format(suite), f"--x509certfile={chain}", f"--x509keyfile={key}",
                              f"--x509cafile={pki.path('root.crt')}", "--verify-hostname=cse1.sp.example.com",
                              "--sni-hostname=cse1.sp.example.com")
    if client == "gnutls":
        return clients.gnutls(address, RAW_PRIORITY.format(suite), f"--rawpkfile={public}", f"--rawpkkeyfile={raw}", "--no-ca-verification")
    more = ["--tls13"] if tls13 else []
    if credential == "psk":
        return clients.wolfssl(address, "--suites", suite, "--psk", f"{PSK_ID}:{PSK_KEY}", *more)
    if credential == "certificate":
        return clients.wolfssl(address, "--suites", suite, "--certificate", str(chain), "--key", str(key), "--trust", str(pki.path("root.crt")),
                               *more)
    return clients.wolfssl(address, "--suites", suite, "--raw-public-key", str(public), "--key", str(raw), *more)


class Exchange(StageCase):
    """Registers nothing: one RETRIEVE is enough to see who was at the other end."""

    TLS13 = False

    def check(self, client, credential, suite, logged):
        origin, credential_id = STANDS_FOR[credential]
        channel = connect(self, client, credential, suite, self.TLS13)
        with clients.http(channel) as connection:
            self.assert_answer(connection.request(origin=origin), 200, 2000)
        line = self.proxy.wait_for_log("association", self.mark)
        self.assertEqual(("TLSv1.3" if self.TLS13 else "TLSv1.2", logged), (line["version"], line["suite"]))
        request = self.the_only_request()
        self.assertEqual([origin], request["fields"]["x-m2m-origin"])
        if credential_id:
            self.assertEqual([credential_id], request["fields"]["x-m2m-sa-credential-id"])


@expand(ROWS)
class OverTls12(Exchange):
    """PSK, certificate and raw public key, all on one port."""


@expand(ROWS_13)
class OverTls13(Exchange):
    STAGE = {"tls": BOTH_VERSIONS}
    TLS13 = True


@expand([row for row in ROWS if row[0] in ("openssl_psk_mandatory", "openssl_certificate_mandatory", "gnutls_raw_key_mandatory",
                                           "wolfssl_psk_mandatory")])
class WithTheMandatorySuitesAlone(Exchange):
    STAGE = {"tls": "extra_suites = false"}

    def test_another_suite_is_refused(self):
        channel = connect(self, "openssl", "psk", "PSK-AES128-GCM-SHA256")
        self.assertEqual(b"", channel.recv(10 * slowness()))
        channel.close()
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="no_shared_suite")


class Curl(StageCase):
    def test_posts_and_reads_over_mutual_tls(self):
        chain, key = self.pki.files("ae-c")
        body = {"m2m:ae": {"api": "NApp", "rr": False, "srv": ["3"]}}
        command = ["curl", "-sS", "--noproxy", "*", "--tlsv1.2", "--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-SHA256",
                   "--cert", chain, "--key", key, "--cacert", self.pki.path("root.crt"),
                   "--resolve", f"cse1.sp.example.com:{self.stage.address[1]}:127.0.0.1",
                   "-H", "X-M2M-Origin: Cdemo", "-H", "X-M2M-RI: 1", "-H", "X-M2M-RVI: 3", "-w", "\n%{http_code}"]
        url = f"https://cse1.sp.example.com:{self.stage.address[1]}/cse-in"
        made = subprocess.run([*command, "-H", "Content-Type: application/json;ty=2", "-d", json.dumps(body), url],
                              capture_output=True, text=True, timeout=20 * slowness())
        self.assertEqual("201", made.stdout.splitlines()[-1], made)
        self.assertEqual("Cdemo", json.loads(made.stdout.splitlines()[0])["m2m:ae"]["aei"])
        read = subprocess.run([*command, url], capture_output=True, text=True, timeout=20 * slowness())
        self.assertEqual("200", read.stdout.splitlines()[-1], read)

    def test_gives_up_on_a_server_it_does_not_trust(self):
        chain, key = self.pki.files("ae-c")
        tried = subprocess.run(["curl", "-sS", "--noproxy", "*", "--cert", chain, "--key", key, "--cacert", self.pki.path("device-root.crt"),
                                f"https://127.0.0.1:{self.stage.address[1]}/cse-in"], capture_output=True, timeout=20 * slowness())
        self.assertEqual(60, tried.returncode, tried)
        self.assert_nothing_forwarded()


class HandshakeProperties(StageCase):
    STAGE = {"tls": BOTH_VERSIONS}

    def s_client(self, *arguments, given=b"Q\n"):
        chain, key = self.pki.files("ae-c")
        return subprocess.run(["openssl", "s_client", "-connect", clients.join(self.stage.address), "-cert", chain, "-key", key,
                               "-cert_chain", chain, "-CAfile", self.pki.path("root.crt"), *arguments],
                              input=given, capture_output=True, timeout=20 * slowness())

    def test_the_extended_master_secret_is_agreed(self):
        self.assertRegex(self.s_client("-tls1_2").stdout, rb"Extended master secret: yes")

    def test_secure_renegotiation_is_announced(self):
        self.assertRegex(self.s_client("-tls1_2").stdout, rb"Secure Renegotiation IS supported")

    def test_no_compression(self):
        self.assertRegex(self.s_client("-tls1_2", "-comp").stdout, rb"Compression: NONE")

    def test_renegotiation_is_refused(self):
        ran = self.s_client("-tls1_2", given=b"R\nGET /cse-in HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertNotIn(b"HTTP/1.1 200", ran.stdout)
        self.assertRegex(ran.stderr, rb"no renegotiation|unexpected message|handshake failure|alert|unexpected eof")
        self.assert_nothing_forwarded()
        self.a_good_client_is_served()

    def test_no_ticket_and_no_session_id_in_tls12(self):
        out = self.s_client("-tls1_2").stdout
        self.assertNotIn(b"session ticket", out)
        self.assertRegex(out, rb"Session-ID: *\n")

    def test_no_ticket_in_tls13(self):
        self.assertNotIn(b"Post-Handshake New Session Ticket", self.s_client("-tls1_3").stdout)

    def test_a_session_is_never_resumed(self):
        for version in ("-tls1_2", "-tls1_3"):
            with tempfile.TemporaryDirectory() as folder:
                saved = pathlib.Path(folder) / "session"
                self.s_client(version, "-sess_out", saved)
                if saved.exists():  # else there is nothing that could be resumed
                    self.assertNotIn(b"Reused", self.s_client(version, "-sess_in", saved).stdout)

    def test_old_versions_are_refused(self):
        for version in ("-tls1_1", "-tls1"):
            ran = self.s_client(version, "-cipher", "ALL:@SECLEVEL=0")
            self.assertNotIn(b"BEGIN CERTIFICATE", ran.stdout, version)
        self.assertTrue(self.proxy.wait_for_log("handshake_failed", self.mark, reason="version_unsupported"))

    def test_tls13_is_refused_where_it_is_not_allowed(self):
        with stage.Stage() as strict:
            ran = subprocess.run(["openssl", "s_client", "-connect", clients.join(strict.address), "-tls1_3"], input=b"",
                                 capture_output=True, timeout=20 * slowness())
            self.assertNotIn(b"BEGIN CERTIFICATE", ran.stdout)
            strict.proxy.wait_for_log("handshake_failed", reason="version_unsupported")

    def test_a_client_without_a_certificate_is_refused(self):
        for version in ("-tls1_2", "-tls1_3"):
            mark = self.proxy.mark()
            subprocess.run(["openssl", "s_client", "-connect", clients.join(self.stage.address), "-quiet", version],
                           input=b"GET /cse-in HTTP/1.1\r\nHost: a\r\n\r\n", capture_output=True, timeout=20 * slowness())
            self.proxy.wait_for_log("handshake_failed", mark, reason="no_certificate")
        self.assert_nothing_forwarded()


class ServerName(StageCase):
    """Spec: TS-0003 10.2.1: SNI selects among the certificates of one port."""

    @classmethod
    def setUpClass(cls):
        other = stage.DemoPki("--server-name", "gateway.sp.example.com")
        own = stage.DemoPki.shared()
        cls.STAGE = {"certificates": "".join(
            f'[[certificate]]\nname = "{name}"\nchain_file = "{pki.folder}/server.crt"\nkey_file = "{pki.folder}/server.key"\n'
            for name, pki in (("one", own), ("two", other)))}
        super().setUpClass()

    def names_shown_to(self, *arguments):
        chain, key = self.pki.files("ae-c")
        out = subprocess.run(["openssl", "s_client", "-connect", clients.join(self.stage.address), "-tls1_2", "-cert", chain, "-key", key,
                              *arguments], input=b"Q\n", capture_output=True, timeout=20 * slowness()).stdout
        pem = re.search(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", out, re.S)
        self.assertIsNotNone(pem, out)
        text = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName"], input=pem[0], capture_output=True).stdout
        return re.findall(rb"DNS:(\S+)", text)

    def test_selects_the_certificate(self):
        self.assertEqual([b"cse1.sp.example.com"], self.names_shown_to("-servername", "cse1.sp.example.com"))
        self.assertEqual([b"gateway.sp.example.com"], self.names_shown_to("-servername", "gateway.sp.example.com"))

    def test_is_compared_without_case(self):
        self.assertEqual([b"gateway.sp.example.com"], self.names_shown_to("-servername", "GateWay.SP.example.com"))

    def test_without_or_with_an_unknown_one_the_first_answers(self):
        self.assertEqual([b"cse1.sp.example.com"], self.names_shown_to("-noservername"))
        self.assertEqual([b"cse1.sp.example.com"], self.names_shown_to("-servername", "nobody.example.org"))


if __name__ == "__main__":
    main()
