#!/usr/bin/env python3
"""Promise: every example of conf/ passes `saproxy check` as it stands; what is wrong is said with its place; explain and inspect say
what the running proxy would do.

The messages of the loader are held one by one in tests/policy/config_errors_test; here it is the command line that is held.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from saproxy import stage  # noqa: E402
from saproxy.cases import expand, main  # noqa: E402
from saproxy.process import binary, slowness  # noqa: E402

CONF = stage.ROOT / "conf"
EXAMPLES = sorted(path.name for path in CONF.glob("*.toml"))
FOLDER = stage.scratch_folder() / "conf"
shutil.copytree(CONF, FOLDER)
for path in FOLDER.rglob("*"):
    path.chmod(0o700 if path.is_dir() else 0o600)
subprocess.run([stage.ROOT / "deploy" / "demo-pki", FOLDER / "pki"], check=True, stdout=subprocess.DEVNULL)


def saproxy(*arguments, environment=None):
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=30 * slowness(), cwd="/",
                          env={**os.environ, **(environment or {})})


class CommandLine(unittest.TestCase):
    def assert_ran(self, ran, status):
        self.assertEqual(status, ran.returncode, ran)
        self.assertNotRegex(ran.stderr, "Sanitizer|runtime error")
        return ran


@expand([(name.removesuffix(".toml"), name) for name in EXAMPLES])
class Examples(CommandLine):
    def check(self, name):
        ran = self.assert_ran(saproxy("check", "--config", FOLDER / name), 0)
        for row in ("listener", "CSE", "denied", "credentials", "identities", "files"):
            self.assertRegex(ran.stdout, rf"(?m)^{row} ")
        if "[[certificate]]" in (FOLDER / name).read_text():
            self.assertRegex(ran.stdout, r"certificate .* \d+ days to expiry")
        self.assertEqual([], [line for line in ran.stderr.splitlines() if not line.startswith("warning: ")])


class Start(unittest.TestCase):
    def test_the_reference_example_serves(self):
        from saproxy.process import Saproxy
        text = (FOLDER / "saproxy.toml").read_text().replace("0.0.0.0:8443", "127.0.0.1:0").replace("127.0.0.1:9464", f"unix:{FOLDER}/admin.sock")
        config = FOLDER / "started.toml"
        config.write_text(text)
        proxy = Saproxy(config, FOLDER / "ready").start()
        try:
            self.assertEqual(200, proxy.admin("/live")[0])
        finally:
            proxy.stop()


BROKEN = [
    # name, example, what is replaced, by what, line that holds the fault, part of the message
    ("unknown_key", "psk.toml", "[cse]", "[cse]\nnonsense = 1", "nonsense = 1", "nonsense"),
    ("wrong_type", "psk.toml", 'id = "/cse1"', "id = 7", "id = 7", "cse.id"),
    ("bad_address", "psk.toml", "http://127.0.0.1:8080", "ftp://127.0.0.1:8080", "ftp://", "cse.address"),
    ("missing_file", "certificates.toml", "pki/server.key", "pki/missing.key", "pki/missing.key", "missing.key"),
    ("dangling_reference", "raw-public-key.toml", 'raw_key = "', 'raw_key = "other-', 'raw_key = "other-', "raw_key"),
    ("unit", "mixed.toml", '"1h"', '"1 fortnight"', "fortnight", "session_lifetime"),
    ("syntax", "psk.toml", "[cse]", "[cse", "[cse", ""),
]


@expand([(row[0], *row[1:]) for row in BROKEN])
class Broken(CommandLine):
    def check(self, example, old, new, line_with, message):
        text = (FOLDER / example).read_text()
        self.assertIn(old, text)
        broken = FOLDER / f"broken-{example}"
        broken.write_text(text.replace(old, new, 1))
        broken.chmod(0o600)
        ran = self.assert_ran(saproxy("check", "--config", broken), 1)
        number = next(n for n, line in enumerate(broken.read_text().splitlines(), 1) if line_with in line)
        places = [line for line in ran.stderr.splitlines() if line.startswith(f"{broken}:")]
        self.assertTrue(places, ran.stderr)
        self.assertTrue(any(line.startswith(f"{broken}:{number}:") for line in places) or not message, ran.stderr)
        self.assertRegex(places[0], r":\d+:\d+: ")
        self.assertIn(message, ran.stderr)
        self.assertEqual("", ran.stdout)
        started = saproxy("run", "--config", broken)
        self.assert_ran(started, 2)
        self.assertIn(f"{broken}:", started.stderr)


class AllErrorsInOneGo(CommandLine):
    def test_three_faults_three_lines(self):
        broken = FOLDER / "three.toml"
        broken.write_text((FOLDER / "psk.toml").read_text().replace('id = "/cse1"', "id = 7").replace("[cse]", "[cse]\nnonsense = 1")
                          .replace("ae-psk.psk", "missing.psk"))
        broken.chmod(0o600)
        ran = self.assert_ran(saproxy("check", "--config", broken), 1)
        self.assertGreaterEqual(sum(line.startswith(f"{broken}:") for line in ran.stderr.splitlines()), 3, ran.stderr)

    def test_secret_readable_by_others(self):
        key = FOLDER / "pki" / "ae-psk.psk"
        key.chmod(0o644)
        ran = saproxy("check", "--config", FOLDER / "psk.toml")
        key.chmod(0o600)
        self.assert_ran(ran, 1)
        self.assertIn("ae-psk.psk", ran.stderr)
        self.assertNotIn(key.read_text().strip(), ran.stderr + ran.stdout)

    def test_no_such_file(self):
        ran = self.assert_ran(saproxy("check", "--config", FOLDER / "absent.toml"), 1)
        self.assertIn("absent.toml", ran.stderr)


class Explain(CommandLine):
    def explain(self, *arguments, example="saproxy.toml"):
        return self.assert_ran(saproxy("explain", "--config", FOLDER / example, *arguments), 0).stdout

    def test_a_request_that_goes_through(self):
        out = self.explain("--credential", "12-ae-psk@sp.example.com", "--from", "Cpsk", "--op", "retrieve", "--to", "/cse-in")
        self.assertRegex(out, r"decision +forward")
        self.assertIn("TS-0004 7.3.2.1 rule 3", out)
        self.assertIn("saproxy.toml:", out)

    def test_a_forged_originator(self):
        out = self.explain("--credential", "12-ae-psk@sp.example.com", "--from", "CAdmin", "--op", "retrieve", "--to", "/cse-in")
        self.assertRegex(out, r"decision +refuse")
        self.assertIn("4106", out)
        self.assertIn("denied_originator", out)

    def test_a_registration_without_from(self):
        out = self.explain("--credential", "33-//sp.example.com/cse1/Cdemo", "--op", "create", "--ty", "2", "--to", "cse-in")
        self.assertRegex(out, r"From at CSE +Cdemo")

    def test_an_unknown_credential(self):
        out = saproxy("explain", "--config", FOLDER / "saproxy.toml", "--credential", "12-nobody@sp.example.com", "--from", "C1", "--op", "retrieve",
                      "--to", "/x")
        self.assertRegex(out.stdout + out.stderr, "handshake")

    def test_usage(self):
        self.assert_ran(saproxy("explain", "--config", FOLDER / "saproxy.toml"), 2)
        self.assert_ran(saproxy("explain", "--config", FOLDER / "saproxy.toml", "--credential", "12-a@b.c", "--op", "dance", "--to", "/x"), 2)


class Inspect(CommandLine):
    def inspect(self, *arguments):
        return self.assert_ran(saproxy("inspect", *arguments), 0).stdout

    def test_each_flavour(self):
        import csv
        with open(FOLDER / "pki" / "index.tsv", newline="") as table:
            rows = [row for row in csv.DictReader(table, delimiter="\t") if row["kind"] != "psk"]
        self.assertGreaterEqual(len(rows), 10)
        for row in rows:
            with self.subTest(row["name"]):
                expected = "bad_name_syntax" if row["name"] == "node-dns" else row["credential_id"]  # accepted with a switch only
                self.assertIn(expected, self.inspect(FOLDER / "pki" / row["public"], "--config", FOLDER / "saproxy.toml"))

    def test_violations_are_named(self):
        out = self.inspect(FOLDER / "pki" / "root.crt")
        self.assertIn("is_ca", out)

    def test_no_certificate(self):
        ran = self.assert_ran(saproxy("inspect", FOLDER / "saproxy.toml"), 1)
        self.assertIn("saproxy.toml", ran.stderr)


class Others(CommandLine):
    def test_version(self):
        out = self.assert_ran(saproxy("version"), 0).stdout
        for word in ("saproxy", "wolfSSL", "llhttp", "yyjson"):
            self.assertIn(word.lower(), out.lower())

    def test_usage(self):
        self.assert_ran(saproxy(), 2)
        self.assert_ran(saproxy("dance"), 2)
        self.assert_ran(saproxy("check"), 2)
        self.assertIn("Usage", self.assert_ran(saproxy("--help"), 0).stdout)

    def test_configuration_from_the_environment(self):
        self.assert_ran(saproxy("check", environment={"SAPROXY_CONFIG": str(FOLDER / "psk.toml")}), 0)


if __name__ == "__main__":
    main()
