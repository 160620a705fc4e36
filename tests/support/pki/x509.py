"""Keys, certificates and CRLs built from bytes; openssl makes the keys and the signatures and knows nothing of the rest.

Spec: RFC 5280 4.1 (certificate), 5.1 (CRL)
"""

import base64
import dataclasses
import hashlib
import os
import subprocess
from pathlib import Path

import der

DAY = 86400
SIGNATURES = {  # name: (OID, parameters, digest)
    "ecdsa-sha1": ("1.2.840.10045.4.1", b"", "sha1"),
    "ecdsa-sha256": ("1.2.840.10045.4.3.2", b"", "sha256"),
    "ecdsa-sha384": ("1.2.840.10045.4.3.3", b"", "sha384"),
    "ecdsa-sha512": ("1.2.840.10045.4.3.4", b"", "sha512"),
    "rsa-sha256": ("1.2.840.113549.1.1.11", der.null(), "sha256"),
}
KEY_OPTIONS = {
    "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p256-explicit": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
    "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "rsa2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
    "ed25519": ["-algorithm", "ED25519"],
}
DIGITAL_SIGNATURE, KEY_ENCIPHERMENT, KEY_AGREEMENT, KEY_CERT_SIGN, CRL_SIGN = 0x80, 0x20, 0x08, 0x04, 0x02
CLIENT_AUTH, SERVER_AUTH, EMAIL = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4"


def openssl(*arguments, data=b""):
    result = subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=False)
    if result.returncode:
        raise RuntimeError(f"openssl {' '.join(arguments)}: {result.stderr.decode(errors='replace')}")
    return result.stdout


def write_secret(path, content):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def pem(kind, content):
    body = base64.encodebytes(content).decode().replace("\n", "")
    lines = [body[i:i + 64] for i in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""])


class Key:
    def __init__(self, path, kind):
        self.path, self.kind = Path(path), kind
        write_secret(path, openssl("genpkey", *KEY_OPTIONS[kind]))
        self.spki = openssl("pkey", "-in", str(path), "-pubout", "-outform", "DER")

    @property
    def identifier(self):
        """SHA-1 over the bits of the public key (RFC 5280 4.2.1.2, method 1)."""
        bits = der.children(self.spki)[1]
        return hashlib.sha1(self.spki[bits[2] + 1:bits[3]]).digest()

    def sign(self, data, digest):
        return openssl("dgst", f"-{digest}", "-sign", str(self.path), data=data)

    def compressed_spki(self):
        """The same P-256 key with its point in compressed form."""
        algorithm, bits = der.children(self.spki)
        point = self.spki[bits[2] + 1:bits[3]]
        short = bytes([2 + (point[-1] & 1)]) + point[1:33]
        return der.sequence(self.spki[algorithm[0]:algorithm[3]], der.bit_string(short))


def name(organisation=None, common_name=None, unit=None):
    parts = [("2.5.4.10", organisation), ("2.5.4.11", unit), ("2.5.4.3", common_name)]
    return der.sequence(*(der.set_of(der.sequence(der.oid(kind), der.utf8_string(text)))
                          for kind, text in parts if text is not None))


def default_false(value, write):
    """DER leaves a FALSE that is the default out; `write` it all the same, as some CAs do."""
    return der.boolean(value) if value or write else b""


def extension(kind, value, critical=False, write_default=False):
    return der.sequence(der.oid(kind), default_false(critical, write_default), der.octet_string(value))


def basic_constraints(is_ca, path_length=None, write_default=False):
    inner = default_false(is_ca, write_default) + (der.integer(path_length) if path_length is not None else b"")
    return extension("2.5.29.19", der.sequence(inner), critical=True)


def key_usage(bits):
    unused = (bits & -bits).bit_length() - 1
    return extension("2.5.29.15", der.bit_string(bytes([bits]), unused), critical=True)


def extended_key_usage(*purposes):
    return extension("2.5.29.37", der.sequence(*map(der.oid, purposes)))


def subject_alt_name(names, critical=False):
    return extension("2.5.29.17", der.sequence(*names), critical)


def name_constraints(permitted=(), excluded=()):
    def subtrees(number, bases):
        return der.tlv(0xA0 | number, *map(der.sequence, bases)) if bases else b""
    return extension("2.5.29.30", der.sequence(subtrees(0, permitted), subtrees(1, excluded)), critical=True)


def key_identifiers(own, issuer):
    return (extension("2.5.29.14", der.octet_string(own)) +
            extension("2.5.29.35", der.sequence(der.implicit(0, issuer))))


def algorithm_identifier(signature):
    kind, parameters, _ = SIGNATURES[signature]
    return der.sequence(der.oid(kind), parameters)


@dataclasses.dataclass
class Draft:
    """A certificate before it is signed; every field may be bent."""
    subject: bytes
    issuer: bytes
    spki: bytes
    extensions: list
    not_before: int
    not_after: int
    serial: int = 0
    version: int = 3
    signature: str = "ecdsa-sha256"
    inner_signature: str = ""  # signatureAlgorithm inside the signed part, when it shall differ

    def tbs(self):
        version = der.explicit(0, der.integer(self.version - 1)) if self.version != 1 else b""
        extensions = der.explicit(3, der.sequence(*self.extensions)) if self.extensions else b""
        return der.sequence(
            version, der.integer(self.serial), algorithm_identifier(self.inner_signature or self.signature), self.issuer,
            der.sequence(der.moment(self.not_before), der.moment(self.not_after)), self.subject, self.spki, extensions)

    def signed_by(self, key):
        return seal(self.tbs(), key, self.signature)


def seal(tbs, key, signature="ecdsa-sha256"):
    bits = key.sign(tbs, SIGNATURES[signature][2])
    return der.sequence(tbs, algorithm_identifier(signature), der.bit_string(bits))


class Authority:
    """A CA: its name, key, certificate, the chain above it (nearest first, trust anchor last) and what it revoked."""

    def __init__(self, label, key, subject, certificate, above):
        self.label, self.key, self.subject, self.certificate, self.above = label, key, subject, certificate, above
        self.revoked = []

    @property
    def signature(self):
        return "rsa-sha256" if self.key.kind.startswith("rsa") else "ecdsa-sha256"

    def issuers(self):
        return [self, *self.above]

    def chain_pem(self):
        """What a client sends after its leaf: everything but the trust anchor."""
        return "".join(pem("CERTIFICATE", ca.certificate) for ca in self.issuers()[:-1])

    def crl(self, now, days=30, key=None):
        entries = [der.sequence(der.integer(serial), der.moment(now - DAY)) for serial in self.revoked]
        extensions = (extension("2.5.29.35", der.sequence(der.implicit(0, self.key.identifier))) +
                      extension("2.5.29.20", der.integer(1)))
        tbs = der.sequence(
            der.integer(1), algorithm_identifier(self.signature), self.subject, der.moment(now - DAY),
            der.moment(now + days * DAY), der.sequence(*entries) if entries else b"",
            der.explicit(0, der.sequence(extensions)))
        return seal(tbs, key or self.key, self.signature)


def serial_of(text):
    """A stable, positive serial number of 16 bytes for a name."""
    return int.from_bytes(b"\x01" + hashlib.sha256(text.encode()).digest()[:15], "big")
