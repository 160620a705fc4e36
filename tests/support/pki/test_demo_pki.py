"""Holds deploy/demo-pki to what it promises, with openssl as the judge."""

import base64
import hashlib
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

DEMO_PKI = Path(__file__).resolve().parents[3] / "deploy" / "demo-pki"
NAMES = {  # certificate: (trust anchor, subjectAltName as openssl prints it)
    "server": ("root", "DNS:cse1.sp.example.com"),
    "ae-c": ("root", "URI:https://sp.example.com/cse1/Cdemo"),
    "ae-s": ("root", "URI:https://sp.example.com/Sdemo"),
    "mn-cse": ("root", "DNS:mn1.cse1.sp.example.com"),
    "node-uri": ("device-root", "URI:urn:dev:ops:def010-NODE1-ADN1"),
    "node-dns": ("device-root", "DNS:urn:dev:ops:def010-NODE2-ADN2"),
    "device": ("device-root", "othername: 0.2.481.1::100.3030.10011"),
    "device-rid": ("device-root", "Registered ID:0.2.481.1.100.3030.10012"),
}


def demo_pki(*arguments):
    return subprocess.run([DEMO_PKI, *map(str, arguments)], capture_output=True, text=True, check=False)


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)


def verify(folder, name):
    return openssl("verify", "-x509_strict", "-CAfile", folder / f"{NAMES[name][0]}.crt", "-untrusted",
                   folder / "intermediate.crt",
                   "-crl_check_all", "-CRLfile", folder / "all.crl", folder / f"{name}.crt")


class MadeOnce(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.out = Path(cls.scratch.name) / "pki"
        cls.made = demo_pki(cls.out)
        assert cls.made.returncode == 0, cls.made.stderr

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def index(self):
        header, *rows = [line.split("\t") for line in (self.out / "index.tsv").read_text().splitlines()]
        self.assertEqual(header, ["name", "kind", "public", "secret", "credential_id", "identity"])
        return {row[0]: dict(zip(header, row)) for row in rows}

    def test_every_certificate_passes_strict_path_validation_with_crls(self):
        for name in NAMES:
            with self.subTest(name):
                result = verify(self.out, name)
                self.assertEqual(result.returncode, 0, result.stderr)

    def test_every_certificate_carries_just_its_name(self):
        for name, (_, expected) in NAMES.items():
            with self.subTest(name):
                text = openssl("x509", "-in", self.out / f"{name}.crt", "-noout", "-ext", "subjectAltName").stdout
                self.assertEqual(text.splitlines()[1].strip(), expected)

    def test_every_certificate_keeps_the_profile(self):
        for name in NAMES:
            with self.subTest(name):
                text = openssl("x509", "-in", self.out / f"{name}.crt", "-noout", "-text").stdout
                self.assertIn("ASN1 OID: prime256v1", text)
                self.assertEqual(set(re.findall(r"Signature Algorithm: (\S+)", text)), {"ecdsa-with-SHA256"})
                self.assertRegex(text, r"Key Usage: critical\n\s+Digital Signature\n")
                self.assertRegex(text, r"Basic Constraints: critical\n\s+CA:FALSE")

    def test_authorities_are_constrained(self):
        for name in ("root", "intermediate", "device-root"):
            with self.subTest(name):
                text = openssl("x509", "-in", self.out / f"{name}.crt", "-noout", "-text").stdout
                self.assertIn("Name Constraints: critical", text)
                self.assertRegex(text, r"Key Usage: critical\n\s+Certificate Sign, CRL Sign\n")
                self.assertIn("ASN1 OID: prime256v1", text)
                self.assertNotIn("CN =", text)
        text = openssl("x509", "-in", self.out / "intermediate.crt", "-noout", "-text").stdout
        for line in ("DNS:sp.example.com", "URI:sp.example.com", "URI:.sp.example.com", "pathlen:0"):
            self.assertIn(line, text)

    def test_keys_belong_to_their_certificates(self):
        for name in NAMES:
            with self.subTest(name):
                of_certificate = openssl("x509", "-in", self.out / f"{name}.crt", "-noout", "-pubkey").stdout
                self.assertEqual(of_certificate, openssl("pkey", "-in", self.out / f"{name}.key", "-pubout").stdout)

    def test_secrets_are_readable_by_their_owner_only(self):
        self.assertEqual(self.out.stat().st_mode & 0o777, 0o700)
        secrets = [*self.out.glob("*.key"), *self.out.glob("*.psk")]
        self.assertEqual(len(secrets), len(NAMES) + 3 + 2 + 3)
        for path in secrets:
            self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)

    def test_index_names_existing_files(self):
        for row in self.index().values():
            for column in ("public", "secret"):
                if row[column] != "-":
                    self.assertTrue((self.out / row[column]).is_file(), row)

    def test_raw_keys_have_the_name_of_rfc_6920(self):
        for name in ("rpk-client", "rpk-server"):
            lines = (self.out / f"{name}.pub").read_text().splitlines()
            digest = hashlib.sha256(base64.b64decode("".join(lines[1:-1]))).digest()
            expected = "30-sha-256;" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
            self.assertEqual(self.index()[name]["credential_id"], expected)

    def test_pre_shared_keys_are_hexadecimal(self):
        self.assertEqual(len(bytes.fromhex((self.out / "ae-psk.psk").read_text())), 32)
        self.assertEqual(bytes.fromhex((self.out / "se01-hex.psk").read_text()), b"\x12\x34\x56")
        self.assertEqual(bytes.fromhex((self.out / "se01-text.psk").read_text()), b"123456")
        self.assertEqual(self.index()["ae-psk"]["identity"], "ae-psk@sp.example.com")

    def test_nothing_is_left_beside_the_set(self):
        self.assertEqual(os.listdir(self.scratch.name), ["pki"])


class Behaviour(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.out = Path(scratch.name) / "a folder" / "pki"

    def make(self, *arguments):
        result = demo_pki(self.out, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_an_existing_set_is_replaced_only_with_force(self):
        self.make()
        before = (self.out / "root.crt").read_text()
        self.assertEqual(demo_pki(self.out).returncode, 2)
        self.assertEqual((self.out / "root.crt").read_text(), before)
        self.make("--force")
        self.assertNotEqual((self.out / "root.crt").read_text(), before)
        self.assertEqual(verify(self.out, "ae-c").returncode, 0)

    def test_a_foreign_folder_is_left_alone(self):
        self.out.mkdir(parents=True)
        (self.out / "thesis.txt").write_text("years of work")
        self.assertEqual(demo_pki(self.out, "--force").returncode, 2)
        self.assertEqual([path.name for path in self.out.iterdir()], ["thesis.txt"])

    def test_a_reader_that_goes_away_costs_no_file(self):
        result = subprocess.run(["bash", "-c", '"$0" "$1" | true', DEMO_PKI, self.out], check=False)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(verify(self.out, "ae-c").returncode, 0)

    def test_revocation_reaches_the_crl(self):
        self.make()
        result = demo_pki(self.out, "--revoke", "ae-s")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("certificate revoked", verify(self.out, "ae-s").stderr)
        self.assertEqual(verify(self.out, "ae-c").returncode, 0)
        self.assertEqual(demo_pki(self.out, "--revoke", "ae-s").returncode, 2)

    def test_options_reach_the_names(self):
        self.make("--sp", "//m2m.operator.org", "--cse-id", "/IN-1", "--ae-stem", "Cx", "--server-name", "a.m2m.operator.org",
                  "--server-name", "b.m2m.operator.org")
        text = openssl("x509", "-in", self.out / "server.crt", "-noout", "-ext", "subjectAltName").stdout
        self.assertIn("DNS:a.m2m.operator.org, DNS:b.m2m.operator.org", text)
        text = openssl("x509", "-in", self.out / "ae-c.crt", "-noout", "-ext", "subjectAltName").stdout
        self.assertIn("URI:https://m2m.operator.org/IN-1/Cx", text)
        self.assertEqual(verify(self.out, "server").returncode, 0)

    def test_bad_arguments_make_nothing(self):
        for arguments in (["--sp", "sp.example.com"], ["--sp", "//SP.example.com"], ["--sp", "//a\nb"], ["--sp", "//$(id)"],
                          ["--cse-id", "cse1"], ["--cse-id", "/a/b"], ["--cse-id", "/a_b"], ["--ae-stem", "Sx"],
                          ["--days", "0"],
                          ["--days", "9999"], ["--server-name", "localhost"], ["--server-name", "evilsp.example.com"],
                          ["--server-name", "*.sp.example.com"], ["--server-name"], ["--unknown"], ["second"],
                          ["--revoke", "../x"]):
            with self.subTest(arguments):
                self.assertEqual(demo_pki(self.out, *arguments).returncode, 2)
                self.assertFalse(self.out.exists())


if __name__ == "__main__":
    unittest.main()
