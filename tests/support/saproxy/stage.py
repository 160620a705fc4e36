"""A demonstration PKI, a configuration that uses all of it, the small CSE, and saproxy between: what most tests stand on."""

import atexit
import csv
import shutil
import subprocess
import tempfile
from pathlib import Path

from small_cse.harness import SmallCse

from . import clients
from .process import Saproxy

ROOT = Path(__file__).resolve().parents[3]
SERVER_NAME = "cse1.sp.example.com"

# KpsaID, key in hex, what it stands for.
PSKS = {
    "ae": ("ae-psk@sp.example.com", "00112233445566778899aabbccddeeff", 'ae = "Cpsk"'),
    "list": ("list@sp.example.com", "a1" * 32, 'aes = ["C*"]'),
    "cse": ("mn9@sp.example.com", "c5" * 16, 'cse = "/mn9"'),
}

_scratch = []


def scratch_folder():
    """A folder that lives as long as this process."""
    folder = Path(tempfile.mkdtemp(prefix="saproxy-test-"))
    if not _scratch:
        atexit.register(lambda: [shutil.rmtree(path, ignore_errors=True) for path in _scratch])
    _scratch.append(folder)
    return folder


class DemoPki:
    """What deploy/demo-pki makes; `row(name)` is the line of its table."""

    _shared = None

    def __init__(self, *arguments):
        self.folder = scratch_folder() / "pki"
        self._run(*arguments)
        with open(self.folder / "index.tsv", newline="") as table:
            self.rows = {row["name"]: row for row in csv.DictReader(table, delimiter="\t")}

    @classmethod
    def shared(cls):
        if cls._shared is None:
            cls._shared = cls()
        return cls._shared

    def _run(self, *arguments):
        subprocess.run([ROOT / "deploy" / "demo-pki", self.folder, *arguments], check=True, stdout=subprocess.DEVNULL)

    def revoke(self, name):
        self._run("--revoke", name)

    def path(self, file):
        return self.folder / file

    def row(self, name):
        return self.rows[name]

    def files(self, name):
        """(certificate chain or public key, private key or PSK)"""
        row = self.rows[name]
        return self.folder / row["public"], self.folder / row["secret"]

    def context(self, name, **options):
        chain, key = self.files(name)
        return clients.certificate_context(chain, key, self.path("root.crt"), **options)


def psk_table(identity, key_hex, stands_for):
    return f'[[psk]]\nidentity = "{identity}"\nkey = "hex:{key_hex}"\n{stands_for}\n'


IDENTITIES = """
[[identity]]
credential = "34-urn:dev:ops:def010-NODE1-ADN1"
aes = ["Cnode1*"]

[[identity]]
credential = "31-0.2.481.1.100.3030.10011"
ae = "Cdevice"

[[identity]]
credential = "31-0.2.481.1.100.3030.10012"
cse = "/mn7"

[[trusted_key]]
key_file = "{pki}/rpk-client.pub"
aes = ["Crpk*"]
"""


def config_text(pki, cse_address, *, top="", cse="", listener="", tls="", limits="", psks=PSKS, trust=None, certificates=None,
                identities=IDENTITIES, more="", workers=2, admin="",
                log='level = "debug"\nmax_lines_per_second = 1000000', server="watch_files = false", registration='wildcards = "any"',
                frameworks='["psk", "certificate", "raw-public-key"]', port=0, exposed_port="ignore", cse_id="/cse1", own_key="rpk-server"):
    """A main file with everything in it; each keyword adds lines to its table. Tests say when to reload: files are not watched.
    Wildcards are for everybody whom they cover, so that an AE need not register before it can ask."""
    folder = pki.folder
    trust = trust or f'anchors = ["{folder}/root.crt", "{folder}/device-root.crt"]\ncrls = ["{folder}/all.crl"]'
    certificates = certificates or (f'[[certificate]]\nname = "cse"\nchain_file = "{folder}/server.crt"\n'
                                    f'key_file = "{folder}/server.key"\n')
    raw_key = 'raw_key = "own"' if "raw-public-key" in frameworks else ""
    return f"""secrets_in_file = true
{top}
[cse]
id = "{cse_id}"
sp = "//sp.example.com"
address = "{cse_address}"
exposed_port = "{exposed_port}"
health_interval = "200ms"
{cse}
[[listener]]
name = "https"
address = "127.0.0.1:{port}"
frameworks = {frameworks}
{raw_key}
{listener}
[listener.tls]
{tls}
[listener.limits]
{limits}
{certificates}
[[raw_key]]
name = "own"
key_file = "{folder}/{own_key}.key"

[trust]
{trust}
{"".join(psk_table(*entry) for entry in psks.values())}
{identities.format(pki=folder)}
[registration]
{registration}
[admin]
{admin}
[log]
{log}
[server]
workers = {workers}
{server}
{more}
"""


class Stage:
    """The small CSE and saproxy. Keywords are those of config_text; `cse_arguments` go to the small CSE."""

    def __init__(self, *, pki=None, cse_arguments=("--open-access",), wrapper=(), **config):
        self.pki = pki or DemoPki.shared()
        self.folder = scratch_folder()
        self.cse = SmallCse(*cse_arguments)
        self.options = config
        self.proxy = None
        self._wrapper = wrapper

    def __enter__(self):
        self.cse.__enter__()
        try:
            config = self.folder / "saproxy.toml"
            self.proxy = Saproxy(config, self.folder / "ready", self._wrapper)
            self.proxy.write_config(self.text())
            self.proxy.start()
            self.proxy.wait_until_ready()
        except BaseException:
            self.close(check=False)
            raise
        return self

    def __exit__(self, kind, *_):
        self.close(check=kind is None)

    def close(self, check=True):
        try:
            if self.proxy is not None and self.proxy.process is not None:
                if check and self.proxy.process.returncode is None:
                    self.proxy.stop()
                else:
                    self.proxy.kill()
        finally:
            self.cse.stop()

    def text(self, **changes):
        """The configuration with other options."""
        options = self.options | changes
        address = options.pop("address", f"http://127.0.0.1:{self.cse.port}")
        options.setdefault("admin", f'address = "unix:{self.folder}/admin.sock"')
        return config_text(self.pki, address, **options)

    @property
    def address(self):
        return self.proxy.endpoint()

    def certificate(self, name="ae-c", **options):
        """A connection with a certificate of the demonstration PKI, through Python's ssl."""
        return clients.http(clients.TlsChannel(self.address, self.pki.context(name), **options))

    def psk(self, which="ae", **options):
        """A connection with one of PSKS, through openssl s_client."""
        identity, key, _ = PSKS[which]
        return self.psk_of(identity, key, **options)

    def psk_of(self, identity, key, **options):
        """The same with any other."""
        return clients.http(clients.openssl_psk(self.address, identity, key, **options))

    def raw_key(self, name="rpk-client", suite="ECDHE-ECDSA-AES128-SHA256"):
        """A connection with a raw public key, through the wolfSSL client."""
        public, key = self.pki.files(name)
        return clients.http(clients.wolfssl(self.address, "--raw-public-key", str(public), "--key", str(key), "--suites", suite))
