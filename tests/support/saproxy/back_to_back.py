"""Two CSEs, each behind a saproxy of its own: an MN-CSE "/mn1" registers at an IN-CSE "/cse1"."""

from urllib.parse import quote

from .registering import Records
from .registree import free_port
from .stage import DemoPki, Stage

KEY = "00112233445566778899aabbccddeeff"
KPSA_ID = "mn1-in@sp.example.com"


def public_key_name(pki, name):
    return pki.row(name)["credential_id"].removeprefix("30-")


class Side(Stage):
    """Its ports stay over a restart: the other side and the CSE know them."""

    def __init__(self, cse_id, base_name, quirks="none", **options):
        self.cse_id, self.base_name = cse_id, base_name
        self.public = f"https://127.0.0.1:{options.setdefault('port', free_port())}"
        self.egress_port, self.registrar_port = free_port(), free_port()
        profile = "generic" if quirks == "none" else quirks
        super().__init__(cse_arguments=("--open-access", "--cse-id", cse_id, "--name", base_name, "--quirks", quirks),
                         cse_id=cse_id, cse=f'profile = "{profile}"\nbase_name = "{base_name}"', **options)

    @property
    def records(self):
        return Records(self.proxy.config)

    @property
    def local_poa(self):
        return f"http://127.0.0.1:{self.cse.port}"

    def egress(self):
        return (f'[egress]\nlisten = "127.0.0.1:{self.egress_port}"\ncertificate = "cse"\nraw_key = "own"\nallow = ["127.0.0.1"]\n'
                f'dead_for = "100ms"\ncse_points_of_access = ["{self.local_poa}"]\npublic_points_of_access = ["{self.public}"]\n'
                f'[registry]\nfile = "registry.db"\n')

    def text(self, **changes):
        return super().text(**{"more": self.egress()} | changes)

    def restart(self):
        self.proxy.stop()
        self.proxy.start()
        self.proxy.wait_until_ready()


def infrastructure_node(quirks="none"):
    pki = DemoPki.shared()
    psks = {"mn": (KPSA_ID, KEY, 'cse = "/mn1"')}
    identities = '[[trusted_key]]\nkey_file = "{pki}/rpk-client.pub"\ncse = "/mn1"\n'
    return Side("/cse1", "cse-in", quirks, pki=pki, psks=psks, identities=identities)


# How the two prove themselves to each other: lines of [registrar], and the Credential-ID by which the IN knows the MN.
CREDENTIALS = {
    "certificate": ('certificate = "cse"', lambda pki: "32-//sp.example.com/mn1"),
    "psk": (f'psk = "{KPSA_ID}"', lambda pki: f"12-{KPSA_ID}"),
    "raw_key": ('raw_key = "own"\npeer_raw_key = "{peer}"', lambda pki: pki.row("rpk-client")["credential_id"]),
}


class MiddleNode(Side):
    """In front of `upper`, a Side, or whatever listens at `registrar`."""

    def __init__(self, upper, credential="certificate", quirks="none", registrar=None):
        pki = DemoPki.shared()
        self._registrar = registrar or upper.public
        self._credential = CREDENTIALS[credential][0].replace("{peer}", public_key_name(pki, "rpk-server"))
        self.credential_id = CREDENTIALS[credential][1](pki)
        chain, key = pki.files("mn-cse")
        certificates = f'[[certificate]]\nname = "cse"\nchain_file = "{chain}"\nkey_file = "{key}"\n'
        # Nothing here says that the credentials of the registrar stand for it: [registrar] does.
        psks = {"ae": ("ae-psk@sp.example.com", KEY[::-1], 'ae = "Cpsk"'), "registrar": (KPSA_ID, KEY, "")}
        frameworks = '["psk", "certificate", "raw-public-key"]' if credential == "raw_key" else '["psk", "certificate"]'
        super().__init__("/mn1", "cse-mn", quirks, pki=pki, certificates=certificates, psks=psks, own_key="rpk-client",
                         identities="", frameworks=frameworks)

    def text(self, **changes):
        registrar = (f'[registrar]\naddress = "{self._registrar}"\ncse_id = "/cse1"\nlisten = "127.0.0.1:{self.registrar_port}"\n'
                     f'{self._credential}\ndead_for = "100ms"\n')
        return super().text(**{"more": self.egress() + registrar} | changes)

    @property
    def registrar_door(self):
        return f"http://127.0.0.1:{self.registrar_port}"

    def _ask(self, what, **options):
        more = "".join(f"&{name}={quote(value, safe='')}" for name, value in options.items())
        return self.cse.control(f"/{what}?url={self.registrar_door}&name=cse-in{more}")

    def register(self, **options):
        return self._ask("register", id="/cse1", **options)

    def update(self, poa):
        return self._ask("update", poa=poa)

    def deregister(self):
        return self._ask("deregister")
