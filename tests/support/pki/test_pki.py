"""Holds the certificate corpus to its manifest: each hostile certificate really has the defect that it is there for."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import der
import make_corpus
from test_demo_pki import Behaviour, MadeOnce, openssl  # noqa: F401  (the tests of deploy/demo-pki run along)

REASONS = {
    "not_version_3", "key_not_p256", "key_not_uncompressed", "signature_not_ecdsa_sha256", "key_usage_missing",
    "no_digital_signature",
    "is_ca", "extended_key_usage_excludes_client", "extended_key_usage_excludes_server", "unknown_critical_extension",
    "not_yet_valid",
    "expired", "no_name", "several_names", "wildcard_name", "bad_name_syntax", "name_in_common_name_only",
    "ca_without_name_constraints", "name_constraint_violated", "other_cse", "other_service_provider",  # of the profile
    "chain_untrusted", "chain_bad_signature", "chain_not_ca", "chain_path_length", "chain_too_long", "chain_revoked",
    "malformed"}
SWITCHES = {"allow_rsa", "allow_p384", "allow_node_id_in_dns_name", "allow_missing_key_usage",
            "allow_ca_without_name_constraints"}

# What openssl says when it refuses: its error number, or None when it cannot read the extensions at all.
OPENSSL_ERRORS = {
    "expired": 10, "expired-long-ago": 10, "not-yet-valid": 9, "validity-reversed": 9, "explicit-curve": 94,
    "unknown-critical": 34,
    "twin-leaf": 7, "signature-flipped": 7, "missing-intermediate": 20, "wrong-intermediate": 20, "twin-chain": 20,
    "untrusted-root": 19,
    "self-signed": 18, "issuer-not-ca": 79, "issuer-no-cert-sign": 79, "path-length": 25, "issuer-expired": 10,
    "issuer-not-yet-valid": 9,
    "constraint-dns": 47, "constraint-dns-suffix": 47, "constraint-uri": 47, "constraint-uri-user": 47,
    "constraint-uri-query": 47,
    "constraint-uri-no-host": 53, "constraint-uri-literal": 53, "constraint-dns-excluded": 48, "constraint-of-root": 47,
    "revoked": 23,
    "issuer-revoked": 23, "cn-nul": 53}

# A piece of `openssl x509 -text` that shows the defect.
TEXT = {
    "ae-id-in-dns-name": "DNS:sp.example.com/cse1/Cdemo", "ae-id-in-email": "email:Cdemo@sp.example.com",
    "ae-id-in-other-name": "othername: 1.3.6.1.4.1.99999.1::https://",
    "ae-id-in-directory-name": "DirName:/O=sp.example.com/CN=https",
    "cse-id-in-uri": "URI:https://mn1.cse1.sp.example.com\n", "ip-address-only": "IP Address:127.0.0.1",
    "ae-id-in-cn-only": "CN = https://sp.example.com/cse1/Cdemo", "cse-id-in-cn-only": "CN = mn1.cse1.sp.example.com",
    "node-id-urn-in-dns-name": "DNS:urn:dev:ops:def010-NODE10-ADN10", "two-ae-uris": "Cdemo, URI:https",
    "two-cse-dns": "com, DNS:mn2",
    "ae-uri-and-cse-dns": "Cdemo, DNS:mn1", "cse-wildcard": "DNS:*.cse1", "ae-wildcard-stem": "/cse1/C*",
    "ae-wildcard-host": "//*.example.com",
    "ae-sp-relative": "URI:/cse1/Cdemo", "ae-literal": "URI://sp.example.com/cse1/Cdemo", "ae-of-another-cse": "/cse2/Cdemo",
    "ae-of-another-sp": "URI:https://sp.example.org/", "ae-uri-trailing-slash": "/cse1/Cdemo/\n",
    "eku-email-only": "E-mail Protection\n",
    "eku-server-only": "Extended Key Usage: \n                TLS Web Server Authentication\n", "ca-leaf": "CA:TRUE",
    "ca-leaf-cert-sign": "Digital Signature, Certificate Sign", "key-usage-agreement": "Key Agreement\n",
    "rsa-key": "(2048 bit)",
    "p384-key": "secp384r1", "ed25519-key": "ED25519", "explicit-curve": "Field Type: prime-field",
    "ecdsa-sha1": "ecdsa-with-SHA1",
    "ecdsa-sha384": "ecdsa-with-SHA384", "rsa-signed-ec-key": "sha256WithRSAEncryption",
    "unknown-critical": "1.3.6.1.4.1.99999.2: critical",
    "version-1": "Version: 1 (0x0)", "version-2": "Version: 2 (0x1)", "serial-negative": "-5 (-0x5)",
    "valid-until-9999": "9999 GMT",
    "c-dot-node": "DNS:urn:dev:ops:def010-NODE10-ADN10", "two-hardware-ids": "::100.3030.10011, othername"}
ABSENT = {"key-usage-missing": "X509v3 Key Usage", "san-missing": "Subject Alternative Name",
          "version-1": "X509v3 extensions",
          "bare-root": "Name Constraints", "ae-id-in-cn-only": "Alternative"}


class Corpus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.root = Path(cls.scratch.name)
        script = Path(make_corpus.__file__)
        made = subprocess.run([sys.executable, "-B", script, cls.root], capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stderr
        cls.manifest = json.loads((cls.root / "manifest.json").read_text())
        cls.cases = {case["name"]: case for case in cls.manifest["cases"]}

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def verify(self, case, *more):
        chain = ["-untrusted", self.root / case["file"]]
        return openssl("verify", "-CAfile", self.root / case["trust"], *chain, "-crl_check_all", "-CRLfile",
                       self.root / "all.crl", *more,
                       self.root / case["file"])

    def text(self, case):
        return openssl("x509", "-in", self.root / case["file"], "-noout", "-text").stdout

    def test_manifest_is_whole(self):
        self.assertEqual(len(self.cases), len(self.manifest["cases"]), "names are unique")
        for case in self.cases.values():
            with self.subTest(case["name"]):
                for path in (case["file"], case["der"], case["key"], case["trust"], *case["issuers"]):
                    self.assertTrue((self.root / path).is_file(), path)
                self.assertIn(case["expect"], ("accept", "refuse"))
                self.assertIn(case["profile"], ("accept", "refuse", "malformed"))
                self.assertLessEqual({case["reason"], *case["also"]} - {""}, REASONS)
                self.assertLessEqual(set(case["switches"]), SWITCHES)
                self.assertEqual(bool(case["reason"]), case["expect"] == "refuse")
                self.assertTrue(case["credential_id"] or not (case["switches"] or case["expect"] == "accept"))

    def test_table_says_what_the_manifest_says(self):
        header, *rows = [line.split("\t") for line in (self.root / "manifest.tsv").read_text().splitlines()]
        self.assertEqual(header, make_corpus.COLUMNS)
        self.assertEqual([row[0] for row in rows], list(self.cases))
        self.assertEqual({len(row) for row in rows}, {len(header)})

    def test_openssl_judges_every_path_as_the_manifest_says(self):
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(self.verify, self.cases.values()))
        for case, result in zip(self.cases.values(), results):
            with self.subTest(case["name"]):
                self.assertEqual(result.returncode == 0, case["openssl_accepts"], result.stderr)
                if case["name"] in OPENSSL_ERRORS:
                    self.assertIn(f"error {OPENSSL_ERRORS[case['name']]} at", result.stderr)

    def test_what_is_accepted_is_accepted_by_openssl_too(self):
        for case in self.cases.values():
            if case["expect"] == "accept" and not case["open"]:
                self.assertTrue(case["openssl_accepts"], case["name"])

    def test_every_defect_shows(self):
        for name, expected in TEXT.items():
            with self.subTest(name):
                self.assertIn(expected, self.text(self.cases[name]))
        for name, unexpected in ABSENT.items():
            with self.subTest(name):
                self.assertNotIn(unexpected, self.text(self.cases[name]))

    def test_raw_bytes_of_names_are_there(self):
        for name, expected in (("ae-uri-nul", b"Cdemo\0.evil"), ("ae-uri-crlf", b"Cdemo\r\nX-M2M"),
                               ("ae-uri-overlong-utf8", b"\xc0\xaf"),
                               ("cse-dns-nul-after", b".com\0.evil.example"), ("cse-dns-latin1", b"mn\xe9."),
                               ("cn-nul", b"Cdemo\0.evil"),
                               ("device-rid-padded-arc", b"\x88\x04\x02\x80\x83\x61"), ("san-empty", b"\x04\x02\x30\x00")):
            with self.subTest(name):
                self.assertIn(expected, (self.root / self.cases[name]["der"]).read_bytes())
        self.assertGreater(len((self.root / self.cases["ae-uri-4k"]["der"]).read_bytes()), 4096)
        for name, count in (("san-200-entries", 200), ("san-300-entries", 300)):
            self.assertEqual(len(re.findall(rb"mn\d+\.cse1", (self.root / self.cases[name]["der"]).read_bytes())), count)

    def test_doubled_extensions_are_doubled(self):
        for name, kind in (("san-duplicate", b"\x55\x1d\x11"), ("key-usage-duplicate", b"\x55\x1d\x0f"),
                           ("basic-constraints-duplicate", b"\x55\x1d\x13")):
            self.assertEqual((self.root / self.cases[name]["der"]).read_bytes().count(b"\x06\x03" + kind), 2, name)

    def test_compressed_point_is_the_same_key(self):
        case = self.cases["compressed-point"]
        data = (self.root / case["der"]).read_bytes()
        spki = der.children(data, der.children(data)[0][0])[6]
        content = data[spki[0]:spki[3]]
        result = subprocess.run(["openssl", "pkey", "-pubin", "-inform", "DER", "-ec_conv_form", "uncompressed", "-pubout"],
                                input=content,
                                capture_output=True, check=True)
        self.assertEqual(result.stdout.decode(), openssl("pkey", "-in", self.root / case["key"], "-pubout").stdout)

    def test_keys_belong_to_their_leaves(self):
        public = {path.name: subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"],
                                            capture_output=True, check=True).stdout
                  for path in self.root.glob("keys/*.key")}
        for case in self.cases.values():
            data = (self.root / case["der"]).read_bytes()
            if case["name"] != "compressed-point":
                self.assertIn(public[Path(case["key"]).name], data, case["name"])

    def test_malformed_samples_differ_from_the_good_one_and_each_other(self):
        good = (self.root / "good/ae-c.der").read_bytes()
        seen = {}
        for sample in self.manifest["malformed"]:
            data = (self.root / sample["file"]).read_bytes()
            self.assertNotEqual(data, good, sample["name"])
            self.assertNotIn(data, seen, f"{sample['name']} is {seen.get(data)}")
            seen[data] = sample["name"]
        self.assertGreater(len(seen), 200)

    def test_raw_keys_are_read_by_openssl_unless_malformed(self):
        for key in self.manifest["raw_keys"]:
            with self.subTest(key["name"]):
                result = openssl("pkey", "-pubin", "-inform", "DER", "-in", self.root / key["der"], "-noout")
                if key["name"] != "rpk-trailing":
                    self.assertEqual(result.returncode == 0, key["expect"] != "malformed", result.stderr)

    def test_secrets_are_readable_by_their_owner_only(self):
        for path in self.root.glob("keys/*.key"):
            self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)

    def test_a_second_run_replaces_the_first_and_a_foreign_folder_is_left_alone(self):
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "corpus"
            make_corpus.clear_earlier(out)
            make_corpus.Corpus(out, 1500000000)
            (out / "malformed" / "renamed.der").touch()
            make_corpus.clear_earlier(out)
            self.assertFalse((out / "malformed").exists())
            with self.assertRaises(SystemExit):
                make_corpus.clear_earlier(Path(scratch))

    def test_validity_follows_the_given_time(self):
        with tempfile.TemporaryDirectory() as scratch:
            corpus = make_corpus.Corpus(scratch, 1500000000)
            make_corpus.cases_good.add_authorities(corpus)
            make_corpus.cases_good.add_good(corpus)
            make_corpus.write_trust(corpus)
            good = openssl("verify", "-attime", corpus.now, "-CAfile", f"{scratch}/trust.crt",
                           "-untrusted", f"{scratch}/ca/intermediate.crt", f"{scratch}/good/ae-c.crt")
            self.assertEqual(good.returncode, 0, good.stderr)


if __name__ == "__main__":
    unittest.main()
