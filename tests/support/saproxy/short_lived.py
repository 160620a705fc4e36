"""A PKI of its own with an AE-ID certificate, Cshort, that ends in a moment."""

import pathlib
import subprocess
import sys

from . import clients
from .stage import scratch_folder

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "pki"


class ShortLived:
    """`trust` and `certificates` are what a stage's configuration needs for it; `files` certificate and key of Cshort."""

    def __init__(self, seconds=5):
        folder = scratch_folder() / "corpus"
        script = (f"import sys, time; sys.dont_write_bytecode = True; sys.path.insert(0, {str(SUPPORT)!r})\n"
                  "import make_corpus, cases_good, corpus as c, x509\n"
                  f"made = c.Corpus({str(folder)!r}, int(time.time()))\n"
                  "cases_good.add_authorities(made); cases_good.add_good(made); make_corpus.write_trust(made); made.key('short')\n"
                  "made.now = int(time.time())\n"
                  "made.leaf('short', 'good', '', c.accept_ae(f'{c.SP}/cse1/Cshort'), names=[c.uri('https://sp.example.com/cse1/Cshort')],\n"
                  f"          key=made.key('short'), not_after=made.now + {seconds})\n")
        subprocess.run([sys.executable, "-B", "-c", script], check=True)
        self.anchors = folder / "trust.crt"
        self.files = folder / "good/short.crt", folder / "keys/short.key"
        self.trust = f'anchors = ["{self.anchors}"]'
        self.certificates = (f'[[certificate]]\nname = "cse"\nchain_file = "{folder}/good/server.crt"\n'
                             f'key_file = "{folder}/keys/server.key"\n')

    def connect(self, address):
        context = clients.certificate_context(*self.files, self.anchors)
        return clients.http(clients.TlsChannel(address, context))
