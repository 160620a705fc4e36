#!/usr/bin/env python3
"""Promise: a PSK identity is exactly what is configured, byte for byte; anything else looks and lasts the same as a wrong key.

Spec: TS-0003 10.5 (KpsaID); RFC 4279 5.1, 5.2, 7.2
"""
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import clients, raw_tls  # noqa: E402
from saproxy.cases import FULL, StageCase, expand, main  # noqa: E402

KNOWN = b"ae-psk@sp.example.com"
BAD_RECORD_MAC = raw_tls.record(raw_tls.ALERT, b"\x02\x14")

HOSTILE = [
    ("unknown", b"nobody@sp.example.com"),
    ("known_and_nul", KNOWN + b"\0"),
    ("known_nul_more", KNOWN + b"\0x"),
    ("nul_known", b"\0" + KNOWN),
    ("nul_alone", b"\0"),
    ("hash", b"#"),
    ("hash_in_name", b"ae#psk@sp.example.com"),
    ("plus", b"+"),
    ("slash", b"/"),
    ("wildcards", b"#/+/#"),
    ("star", b"*"),
    ("known_star", b"ae-psk@*"),
    ("crlf", KNOWN + b"\r\n"),
    ("crlf_inside", b"ae-psk\r\nX-M2M-Origin: CAdmin@sp.example.com"),
    ("lf", KNOWN + b"\n"),
    ("blank_before", b" " + KNOWN),
    ("blank_after", KNOWN + b" "),
    ("two_at", b"ae-psk@@sp.example.com"),
    ("two_at_apart", b"ae-psk@sp.example.com@sp.example.com"),
    ("no_at", b"ae-psk.sp.example.com"),
    ("only_at", b"@"),
    ("no_name", b"@sp.example.com"),
    ("no_domain", b"ae-psk@"),
    ("upper_case_name", b"AE-PSK@sp.example.com"),
    ("upper_case_domain", b"ae-psk@SP.EXAMPLE.COM"),
    ("final_dot", KNOWN + b"."),
    ("prefix", KNOWN[:-1]),
    ("longer", KNOWN + b"m"),
    ("ae_id", b"Cpsk"),
    ("absolute_ae_id", b"//sp.example.com/cse1/Cpsk"),
    ("credential_id", b"12-" + KNOWN),
    ("maf", b"1he83he@maf.sp.example.com"),
    ("utf8", "ä@sp.example.com".encode()),
    ("latin1", b"\xe4@sp.example.com"),
    ("overlong_utf8", b"\xc1\xa1e-psk@sp.example.com"),
    ("byte_order_mark", b"\xef\xbb\xbf" + KNOWN),
    ("all_bytes", bytes(range(256))),
    ("empty", b""),
    ("length_128", b"a" * 116 + b"@example.com"),
    ("length_129", b"a" * 117 + b"@example.com"),
    ("length_255", b"a" * 255),
    ("length_256", b"a" * 256),
    ("length_1023", b"a" * 1023),
    ("length_4096", b"a" * 4096),
    ("length_16384", b"a" * 16384),
    ("length_65535", b"a" * 65535),
]


@expand(HOSTILE)
class NotOneOfOurs(StageCase):
    """All get the alert of a wrong key."""

    def check(self, identity):
        answer, _ = raw_tls.psk_attempt(self.stage.address, identity)
        line = self.proxy.wait_for_log("handshake_failed", self.mark)
        self.assertEqual([], self.proxy.log("association", self.mark))
        self.assert_nothing_forwarded()
        if len(identity) <= 128:
            self.assertEqual("unknown_psk_identity", line["reason"], line)
            self.assertEqual(BAD_RECORD_MAC, answer)
        else:
            # No identity that anybody could have: it tells nothing about those that exist.
            self.assertEqual(raw_tls.ALERT, answer[0])
        for raw in line["raw"], self.proxy.text():
            self.assertTrue(raw.isascii() and raw.replace("\n", "").isprintable(), raw[:300])


class AWrongKey(StageCase):
    def test_gets_the_same_bytes_as_an_unknown_identity(self):
        wrong, _ = raw_tls.psk_attempt(self.stage.address, KNOWN)
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="wrong_psk_key")
        unknown, _ = raw_tls.psk_attempt(self.stage.address, b"nobody@sp.example.com")
        self.proxy.wait_for_log("handshake_failed", self.mark, reason="unknown_psk_identity")
        self.assertEqual(wrong, unknown)

    def test_takes_as_long_as_an_unknown_identity(self):
        """Of two drawn at random, each must be the slower one about as often."""
        rounds = 1000 if FULL else 200
        known, unknown = [], []
        for n in range(rounds):
            for identity, times in ((KNOWN, known), (b"nobody%d@example.com" % (n % 10), unknown)):
                times.append(raw_tls.psk_attempt(self.stage.address, identity)[1])
        ranked = sorted([(t, 0) for t in known] + [(t, 1) for t in unknown])
        rank_sum = sum(rank for rank, (_, group) in enumerate(ranked, 1) if group)
        share = (rank_sum - rounds * (rounds + 1) / 2) / (rounds * rounds)
        self.assertTrue(0.35 < share < 0.65, f"unknown identities are slower in {share:.2f} of all pairs")

    def test_openssl_sees_no_difference(self):
        seen = []
        for identity, key in (("ae-psk@sp.example.com", "ff" * 16), ("nobody@sp.example.com", "ff" * 16)):
            channel = clients.openssl_psk(self.stage.address, identity, key)
            self.assertEqual(b"", channel.recv(10))
            seen.append(channel.errors().split("alert")[-1].split(":")[0])
            channel.close()
        self.assertEqual(seen[0], seen[1])


ZERO_KEYS = {
    "one_zero": "00112233445566778899aabbccddeeff",
    "many_zeros": "00" * 15 + "01",
    "zeros_at_the_end": "0102030405060708" + "00" * 8,
    "all_zeros": "00" * 16,
    "zeros_inside": "0a00000b0000000c000d0000000000ff",
}
ZERO_PSKS = {name: (f"{name.replace('_', '-')}@sp.example.com", key, f'ae = "C{name}"') for name, key in ZERO_KEYS.items()}


@expand([(name, name) for name in ZERO_KEYS])
class KeysWithZeroBytes(StageCase):
    """A key that somebody treats as a C string or as a number loses them."""

    STAGE = {"psks": ZERO_PSKS}

    def check(self, name):
        identity, key, _ = ZERO_PSKS[name]
        with clients.http(clients.openssl_psk(self.stage.address, identity, key)) as connection:
            self.assert_answer(connection.request(origin=f"C{name}"), 200, 2000)
        for other in (key.lstrip("0").rjust(2, "0"), key.rstrip("0") or "00", "00" + key, key + "00"):
            other = other if len(other) % 2 == 0 else "0" + other
            # HMAC pads keys with zeros, but a PSK stands in the premaster secret behind its length.
            if other == key:
                continue
            with clients.http(clients.openssl_psk(self.stage.address, identity, other)) as connection:
                self.assertTrue(connection.ended(), other)


class TheSameOnEachSuite(StageCase):
    def test_gcm_and_ccm(self):
        for suite in (0x00A8, 0xC0A4, 0xC0A8):
            first, _ = raw_tls.psk_attempt(self.stage.address, KNOWN, (suite,))
            second, _ = raw_tls.psk_attempt(self.stage.address, b"nobody@sp.example.com", (suite,))
            self.assertEqual((BAD_RECORD_MAC, BAD_RECORD_MAC), (first, second), hex(suite))

    def test_a_psk_identity_never_authenticates_as_a_certificate(self):
        with socket.create_connection(self.stage.address, timeout=10) as connection:
            tls = raw_tls.RawTls(connection)
            tls.send_client_hello(raw_tls.CERTIFICATE_SUITES)
            tls.read_server_flight()
            tls.send_handshake(raw_tls.CLIENT_KEY_EXCHANGE, raw_tls.psk_body(KNOWN))
            tls.read_to_end()
        self.proxy.wait_for_log("handshake_failed", self.mark)
        self.assertEqual([], self.proxy.log("association", self.mark))


class LongIdentities(StageCase):
    LONGEST = "a" * 116 + "@example.com"
    STAGE = {"psks": {"longest": (LONGEST, "ab" * 16, 'ae = "Clong"')}}

    def test_the_longest_that_may_be_configured_works(self):
        with clients.http(clients.openssl_psk(self.stage.address, self.LONGEST, "ab" * 16)) as connection:
            self.assert_answer(connection.request(origin="Clong"), 200, 2000)
        self.assertEqual([f"12-{self.LONGEST}"], self.the_only_request()["fields"]["x-m2m-sa-credential-id"])


class TheWorkIsTheSameForTls13(StageCase):
    STAGE = {"tls": 'versions = ["1.2", "1.3"]'}

    def test_openssl_sees_no_difference(self):
        seen = []
        for identity in ("ae-psk@sp.example.com", "nobody@sp.example.com"):
            channel = clients.openssl_psk(self.stage.address, identity, "ff" * 16, "DEFAULT", ("-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"))
            self.assertEqual(b"", channel.recv(10))
            seen.append(channel.errors().split("alert")[-1].split(":")[0])
            channel.close()
        self.assertEqual(seen[0], seen[1])
        self.assertEqual([], self.proxy.log("association", self.mark))


if __name__ == "__main__":
    main()
