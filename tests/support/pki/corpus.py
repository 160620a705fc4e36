"""The corpus under construction: authorities, the good set, and every case with its verdict.

A case says what a peer shows (leaf, key, chain), what is wrong with it, and what saproxy has to make of it.
"""

import dataclasses
from pathlib import Path

import der
import x509
from x509 import DAY, Authority, Draft, Key

DOMAIN, SP, CSE = "sp.example.com", "//sp.example.com", "/cse1"
FOLDERS = ("keys", "ca", "good", "hostile", "malformed", "raw")
AE_URI = "https://sp.example.com/cse1/Cdemo"


def dns(text):
    return der.implicit(2, text if isinstance(text, bytes) else text.encode())


def uri(text):
    return der.implicit(6, text if isinstance(text, bytes) else text.encode())


def email(text):
    return der.implicit(1, text.encode())


def other_name(type_id, value):
    return der.tlv(0xA0, der.oid(type_id), der.explicit(0, value))


def directory_name(common_name):
    return der.tlv(0xA4, x509.name(DOMAIN, common_name))


def registered_id(dotted):
    return der.implicit(8, der.oid_content(dotted))


@dataclasses.dataclass
class Verdict:
    expect: str                  # of saproxy as a whole, with default switches: accept | refuse
    reason: str = ""             # refuse: the first reason word
    also: tuple = ()             # other words that may stand in its place; more violations may be reported beside it
    profile: str = ""            # of identity/ alone, handed the issuers: accept | refuse (parse or judge) | malformed (parse fails)
    openssl_accepts: bool = True  # path validation and status by OpenSSL 3.0 against `trust`; knows no oneM2M profile
    switches: tuple = ()         # profile switches that together turn refuse into accept
    flavour: str = ""            # what the leaf names, if accepted (with the switches): cse_id | ae_id | node_id | device
    credential_id: str = ""
    identity: str = ""           # absolute AE-ID or SP-relative CSE-ID; empty = needs configuration
    open: str = ""               # why the opposite verdict would be defensible too

    def __post_init__(self):
        self.profile = self.profile or self.expect


def accept_ae(absolute, **more):
    return Verdict("accept", flavour="ae_id", credential_id=f"33-{absolute}", identity=absolute, **more)


def accept_cse(cse_id, **more):
    return Verdict("accept", flavour="cse_id", credential_id=f"32-{SP}{cse_id}", identity=cse_id, **more)


def accept_node(node_id, **more):
    return Verdict("accept", flavour="node_id", credential_id=f"34-{node_id}", **more)


def accept_device(hardware_id, **more):
    return Verdict("accept", flavour="device", credential_id=f"31-{hardware_id}", **more)


def refuse(reason, *also, **more):
    return Verdict("refuse", reason, also, **more)


def allow(verdict, reason, *switches, also=()):
    """Refused for `reason` by default, `verdict` with the switches."""
    return dataclasses.replace(verdict, expect="refuse", profile="refuse", reason=reason, also=also, switches=switches)


class Corpus:
    def __init__(self, root, now):
        self.root, self.now = Path(root), now
        self.keys, self.authorities, self.cases = {}, {}, []
        for folder in FOLDERS:
            (self.root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def key(self, label, kind="p256"):
        if label not in self.keys:
            self.keys[label] = Key(self.root / "keys" / f"{label}.key", kind)
        return self.keys[label]

    def authority(self, label, issuer=None, *, subject=None, kind="p256", key=None, constraints=None, is_ca=True,
                  path_length=None,
                  usage=x509.KEY_CERT_SIGN | x509.CRL_SIGN, not_before=-365 * DAY, not_after=3650 * DAY, signing_key=None):
        """A CA certificate below `issuer`, or a self-signed one."""
        key = key or self.key(f"ca-{label}", kind)
        subject = subject or x509.name(DOMAIN, unit=f"saproxy test {label}")
        signer = issuer or Authority(label, key, subject, b"", [])
        extensions = [x509.basic_constraints(is_ca, path_length), x509.key_usage(usage),
                      x509.key_identifiers(key.identifier, signer.key.identifier)]
        if constraints:
            extensions.append(constraints)
        draft = Draft(subject, signer.subject, key.spki, extensions, self.now + not_before, self.now + not_after,
                      x509.serial_of(label), signature=signer.signature)
        certificate = draft.signed_by(signing_key or signer.key)
        made = Authority(label, key, subject, certificate, issuer.issuers() if issuer else [])
        made.serial = draft.serial
        self.authorities[label] = made
        (self.root / "ca" / f"{label}.crt").write_text(x509.pem("CERTIFICATE", certificate))
        return made

    def draft(self, case_name, issuer, *, names=None, key=None, usage=x509.DIGITAL_SIGNATURE,
              purposes=(x509.CLIENT_AUTH, x509.SERVER_AUTH),
              common_name=None, subject=None, is_ca=False, path_length=None, write_ca_default=False, extra=(), **fields):
        key = key or self.key("leaf")
        organisation = f"{DOMAIN} devices" if issuer.label == "device-root" else DOMAIN
        extensions = [x509.basic_constraints(is_ca, path_length, write_ca_default)]
        extensions += [x509.key_usage(usage)] if usage else []
        extensions += [x509.extended_key_usage(*purposes)] if purposes else []
        extensions.append(x509.key_identifiers(key.identifier, issuer.key.identifier))
        extensions += [x509.subject_alt_name(names)] if names is not None else []
        values = {
            "subject": subject or x509.name(organisation, f"case {case_name}" if common_name is None else common_name),
            "issuer": issuer.subject, "spki": key.spki, "extensions": extensions + list(extra),
            "not_before": self.now - 30 * DAY, "not_after": self.now + 365 * DAY,
            "serial": x509.serial_of(case_name), "signature": issuer.signature}
        return Draft(**(values | fields))

    def leaf(self, case_name, group, defect, verdict, *, issuer="intermediate", **options):
        """A case whose certificate is an ordinary leaf with the given bends."""
        issuer = self.authorities[issuer]
        certificate = self.draft(case_name, issuer, **options).signed_by(issuer.key)
        self.add(case_name, group, defect, verdict, certificate, issuer, key=options.get("key"))

    def add(self, case_name, group, defect, verdict, certificate, issuer, *, key=None, chain=None, trust="trust.crt",
            role="client"):
        """A case whose certificate is given as bytes; `chain` replaces what is sent after the leaf (PEM)."""
        key = key or self.key("leaf")
        folder = self.root / ("good" if group == "good" else "hostile")
        chain = issuer.chain_pem() if chain is None else chain
        (folder / f"{case_name}.crt").write_text(x509.pem("CERTIFICATE", certificate) + chain)
        (folder / f"{case_name}.der").write_bytes(certificate)
        entry = {"name": case_name, "group": group, "role": role,
                 "file": f"{folder.name}/{case_name}.crt", "der": f"{folder.name}/{case_name}.der",
                 "key": f"keys/{key.path.name}", "issuers": [f"ca/{ca.label}.crt" for ca in issuer.issuers()],
                 "trust": trust, "defect": defect}
        self.cases.append(entry | dataclasses.asdict(verdict))
