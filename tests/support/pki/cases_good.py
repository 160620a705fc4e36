"""The authorities, and the credentials that saproxy must take. Same shape and names as deploy/demo-pki makes.

Spec: TS-0003 8.1.2.2, 10.1.1
"""

import base64
import hashlib

import x509
from corpus import AE_URI, DOMAIN, SP, accept_ae, accept_cse, accept_device, accept_node, allow, dns, other_name, registered_id, uri
import der


def directory_base(organisation):
    return der.tlv(0xA4, x509.name(organisation))


PROVIDER = x509.name_constraints([dns(DOMAIN), uri(DOMAIN), uri("." + DOMAIN)])
DEVICES = x509.name_constraints([directory_base(f"{DOMAIN} devices")], [dns(DOMAIN)])
# Holds only the subject to its organisation: so that a bad alternative name meets the profile check and no constraint.
SUBJECT_ONLY = x509.name_constraints([directory_base(DOMAIN)])


def add_authorities(corpus):
    root = corpus.authority("root", constraints=PROVIDER)
    corpus.authority("intermediate", root, constraints=PROVIDER, path_length=0)
    corpus.authority("device-root", subject=x509.name(f"{DOMAIN} devices", unit="saproxy test device-root"),
                     constraints=DEVICES,
                     path_length=0)
    corpus.authority("plain-root", constraints=SUBJECT_ONLY)
    corpus.authority("bare-root")
    corpus.authority("rsa-root", kind="rsa2048", subject=x509.name("C-DOT", "CDOT-M2M-CA"))


def add_good(corpus):
    def good(case_name, verdict, names, issuer="intermediate", role="client", **options):
        key = corpus.key(case_name)
        ca = corpus.authorities[issuer]
        certificate = corpus.draft(case_name, ca, names=names, key=key, **options).signed_by(ca.key)
        corpus.add(case_name, "good", "nothing", verdict, certificate, ca, key=key, role=role)

    good("server", accept_cse("/cse1"), [dns("cse1.sp.example.com")], role="server")
    good("ae-c", accept_ae(f"{SP}/cse1/Cdemo"), [uri(AE_URI)])
    good("ae-s", accept_ae(f"{SP}/Sdemo"), [uri("https://sp.example.com/Sdemo")])
    good("ae-direct", accept_ae(f"{SP}/cse1/Cdirect"), [uri("https://sp.example.com/cse1/Cdirect")], "root")
    good("ae-client-only", accept_ae(f"{SP}/cse1/Cclient"), [uri("https://sp.example.com/cse1/Cclient")],
         purposes=[x509.CLIENT_AUTH])
    good("ae-no-purpose", accept_ae(f"{SP}/cse1/Cany"), [uri("https://sp.example.com/cse1/Cany")], purposes=[])
    good("ae-underscore", accept_ae(f"{SP}/cse1/C_SAH-2.5"), [uri("https://sp.example.com/cse1/C_SAH-2.5")])
    good("mn-cse", accept_cse("/mn1"), [dns("mn1.cse1.sp.example.com")])
    good("node-uri", accept_node("urn:dev:ops:def010-NODE1-ADN1"), [uri("urn:dev:ops:def010-NODE1-ADN1")], "device-root")
    good("node-imei", accept_node("urn:gsma:imei:90420156-025763-0"), [uri("urn:gsma:imei:90420156-025763-0")], "device-root")
    good("node-dns", allow(accept_node("urn:dev:ops:def010-NODE2-ADN2"), "bad_name_syntax", "allow_node_id_in_dns_name"),
         [dns("urn:dev:ops:def010-NODE2-ADN2")], "device-root")
    good("device", accept_device("0.2.481.1.100.3030.10011"), [other_name("0.2.481.1", der.utf8_string("100.3030.10011"))],
         "device-root")
    good("device-rid", accept_device("0.2.481.1.100.3030.10012"), [registered_id("0.2.481.1.100.3030.10012")], "device-root")


def add_raw_keys(corpus):
    """SubjectPublicKeyInfo files, PEM and DER, with the Credential-ID of type 30 that each one has."""
    found = []
    for label, kind, expect in (("rpk-client", "p256", "accept"), ("rpk-server", "p256", "accept"),
                                ("rpk-other", "p256", "accept"),
                                ("rpk-p384", "p384", "refuse"), ("rpk-rsa", "rsa2048", "refuse"),
                                ("rpk-ed25519", "ed25519", "refuse"), ("rpk-explicit", "p256-explicit", "refuse")):
        key = corpus.key(label, kind)
        found.append(write_raw(corpus, label, key.spki, expect, key))
    client = corpus.key("rpk-client")
    found.append(write_raw(corpus, "rpk-compressed", client.compressed_spki(), "refuse", client))
    found.append(write_raw(corpus, "rpk-trailing", client.spki + b"\0", "malformed", client))
    found.append(write_raw(corpus, "rpk-truncated", client.spki[:-1], "malformed", client))
    return found


def write_raw(corpus, label, spki, expect, key):
    (corpus.root / "raw" / f"{label}.der").write_bytes(spki)
    (corpus.root / "raw" / f"{label}.pub").write_text(x509.pem("PUBLIC KEY", spki))
    digest = base64.urlsafe_b64encode(hashlib.sha256(spki).digest()).decode().rstrip("=")
    return {"name": label, "file": f"raw/{label}.pub", "der": f"raw/{label}.der", "key": f"keys/{key.path.name}",
            "expect": expect, "credential_id": f"30-sha-256;{digest}"}
