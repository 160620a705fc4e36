"""Certificates with a good name that break the profile: key usage, validity, kind of key, signature, structure.

Spec: TS-0003 10.1.1.1, 10.1.1.3; RFC 5280 4.1, 4.2
"""

import dataclasses

import der
import x509
from corpus import AE_URI, DOMAIN, SP, accept_ae, accept_node, allow, dns, refuse, uri
from x509 import DAY

GOOD = [uri(AE_URI)]
AE = accept_ae(f"{SP}/cse1/Cdemo")


def malformed(**more):
    return refuse("malformed", profile="malformed", **more)


def add_usage(corpus):
    def case(case_name, defect, verdict, **options):
        corpus.leaf(case_name, "usage", defect, verdict, names=GOOD, **options)

    case("eku-email-only", "extendedKeyUsage emailProtection only", refuse("extended_key_usage_excludes_client"),
         purposes=[x509.EMAIL])
    case("eku-server-only", "extendedKeyUsage serverAuth only", refuse("extended_key_usage_excludes_client"),
         purposes=[x509.SERVER_AUTH])
    case("eku-any", "extendedKeyUsage any", AE, purposes=["2.5.29.37.0"])
    case("ca-leaf", "basicConstraints CA:TRUE in a leaf", refuse("is_ca"), is_ca=True, issuer="plain-root")
    case("ca-leaf-cert-sign", "a CA certificate used as a leaf", refuse("is_ca"), is_ca=True, issuer="plain-root",
         usage=x509.DIGITAL_SIGNATURE | x509.KEY_CERT_SIGN)
    case("key-usage-missing", "no keyUsage", allow(AE, "key_usage_missing", "allow_missing_key_usage"), usage=0)
    case("key-usage-agreement", "keyUsage keyAgreement only", refuse("no_digital_signature"), usage=x509.KEY_AGREEMENT)
    case("key-usage-cert-sign", "keyUsage keyCertSign only", refuse("no_digital_signature", "is_ca", "malformed",
                                                                    open="RFC 5280 4.2.1.9 forbids it without CA:TRUE"),
         usage=x509.KEY_CERT_SIGN)


def add_validity(corpus):
    now = corpus.now

    def case(case_name, defect, verdict, **options):
        corpus.leaf(case_name, "validity", defect, verdict, names=GOOD, **options)

    case("expired", "ended a day ago", refuse("expired", openssl_accepts=False), not_before=now - 30 * DAY,
         not_after=now - DAY)
    case("expired-long-ago", "ended in 1999", refuse("expired", openssl_accepts=False), not_before=now - 15000 * DAY,
         not_after=915148800)
    case("not-yet-valid", "begins tomorrow", refuse("not_yet_valid", openssl_accepts=False), not_before=now + DAY)
    case("validity-reversed", "ends before it begins", refuse("expired", "not_yet_valid", "malformed", openssl_accepts=False),
         not_before=now + DAY, not_after=now - DAY)
    case("valid-until-9999", "the certificate without an end of RFC 5280 4.1.2.5", AE, not_after=253402300799)


def add_keys(corpus):
    def case(case_name, defect, verdict, **options):
        corpus.leaf(case_name, "key", defect, verdict, names=GOOD, **options)

    case("rsa-key", "RSA 2048 key", allow(AE, "key_not_p256", "allow_rsa"), key=corpus.key("leaf-rsa", "rsa2048"))
    case("rsa-key-1024", "RSA 1024 key", refuse("key_not_p256"), key=corpus.key("leaf-rsa1024", "rsa1024"))
    case("p384-key", "P-384 key", allow(AE, "key_not_p256", "allow_p384"), key=corpus.key("leaf-p384", "p384"))
    case("ed25519-key", "Ed25519 key", refuse("key_not_p256"), key=corpus.key("leaf-ed25519", "ed25519"))
    case("explicit-curve", "P-256 given by explicit parameters", refuse("key_not_p256", "malformed", openssl_accepts=False),
         key=corpus.key("leaf-explicit", "p256-explicit"))
    case("compressed-point", "compressed point", refuse("key_not_uncompressed"), spki=corpus.key("leaf").compressed_spki())
    for label in ("sha1", "sha384", "sha512"):
        case(f"ecdsa-{label}", f"signed with ECDSA and {label.upper()}", refuse("signature_not_ecdsa_sha256"),
             signature=f"ecdsa-{label}")
    c_dot = "urn:dev:ops:def010-NODE10-ADN10"
    field = ("allow_rsa", "allow_node_id_in_dns_name", "allow_ca_without_name_constraints")
    corpus.leaf("c-dot-node", "key", "as C-DOT issues: RSA 2048, SHA-256 with RSA, Node-ID in common name and dNSName, chain of one",
                allow(accept_node(c_dot), "key_not_p256", *field,
                      also=("signature_not_ecdsa_sha256", "bad_name_syntax", "ca_without_name_constraints")),
                names=[dns(c_dot)], issuer="rsa-root", common_name=c_dot, key=corpus.key("leaf-rsa"),
                purposes=[x509.CLIENT_AUTH])
    corpus.leaf("rsa-signed-ec-key", "key", "P-256 key, signed with RSA",
                allow(AE, "signature_not_ecdsa_sha256", "allow_rsa", "allow_ca_without_name_constraints",
                      also=("ca_without_name_constraints",)),
                names=GOOD, issuer="rsa-root")


def add_structure(corpus):
    def case(case_name, defect, verdict, **options):
        corpus.leaf(case_name, "structure", defect, verdict, **({"names": GOOD} | options))

    private = "1.3.6.1.4.1.99999.2"
    case("unknown-critical", "unknown critical extension", refuse("unknown_critical_extension", openssl_accepts=False),
         extra=[x509.extension(private, der.null(), critical=True)])
    case("unknown-not-critical", "unknown extension, not critical", AE, extra=[x509.extension(private, der.null())])
    case("ca-false-written", "cA FALSE, the default, written out", malformed(), write_ca_default=True)
    case("critical-false-written", "critical FALSE, the default, written out", AE,
         extra=[x509.extension(private, der.null(), write_default=True)])
    case("san-critical-no-subject", "empty subject and critical alternative name", AE, names=None, subject=x509.name(),
         extra=[x509.subject_alt_name(GOOD, critical=True)], issuer="root")
    case("san-empty", "subjectAltName without an entry", refuse("no_name", "name_in_common_name_only", "malformed"), names=[])
    case("san-missing", "no subjectAltName", refuse("no_name", "name_in_common_name_only"), names=None)
    case("san-300-entries", "more alternative names than the parser takes", malformed(),
         names=[dns(f"mn{n}.cse1.sp.example.com") for n in range(300)])
    case("san-unknown-tag", "alternative name with the unassigned tag 9",
         refuse("no_name", "malformed", openssl_accepts=False),
         names=[der.implicit(9, AE_URI.encode())])
    case("san-universal-tag", "alternative name as a plain UTF8String",
         refuse("malformed", "no_name", openssl_accepts=False, profile="malformed"),
         names=[der.utf8_string(AE_URI)])
    case("san-duplicate", "two subjectAltName extensions", malformed(openssl_accepts=False),
         extra=[x509.subject_alt_name([uri("https://sp.example.com/cse1/Cvictim")])])
    case("key-usage-duplicate", "two keyUsage extensions", malformed(openssl_accepts=False),
         extra=[x509.key_usage(x509.KEY_AGREEMENT)])
    case("basic-constraints-duplicate", "two basicConstraints extensions", malformed(openssl_accepts=False),
         extra=[x509.basic_constraints(True)])
    case("cn-empty", "common name of no characters", accept_ae(f"{SP}/cse1/Cdemo", open="X.520 wants one character"),
         common_name="")
    case("cn-empty-no-san", "empty common name and no alternative name", refuse("no_name", "name_in_common_name_only"),
         common_name="", names=None)
    case("cn-nul", "common name with a NUL", accept_ae(f"{SP}/cse1/Cdemo", openssl_accepts=False,
                                                       open="the common name is no identity, but OpenSSL holds it against the constraints"), common_name="Cdemo\0.evil")
    case("serial-negative", "negative serial number", accept_ae(f"{SP}/cse1/Cdemo",
                                                                open="RFC 5280 4.1.2.2 asks CAs for positive ones"),
         serial=-5)
    case("serial-zero", "serial number 0", dataclasses.replace(AE, expect="refuse", reason="malformed",
                                                          open="RFC 5280 4.1.2.2 asks CAs for positive ones; wolfSSL takes 0 for malformed"), serial=0)
    case("serial-21-bytes", "serial number of 21 bytes", accept_ae(f"{SP}/cse1/Cdemo",
                                                                   open="RFC 5280 4.1.2.2: CAs at most 20"), serial=1 << 160)
    case("serial-huge", "serial number of 300 bytes", malformed(open="users SHOULD take up to 20 bytes"), serial=1 << 2390)
    case("version-2", "X.509 version 2 with extensions", malformed(open="not_version_3 says the same"), version=2)
    add_version_1(corpus)
    add_mismatch(corpus)


def add_version_1(corpus):
    issuer = corpus.authorities["intermediate"]
    draft = corpus.draft("version-1", issuer)
    draft.version, draft.extensions, draft.subject = 1, [], x509.name(DOMAIN, AE_URI)
    corpus.add("version-1", "structure", "X.509 version 1, AE-ID in the common name",
               refuse("not_version_3", "no_name", "name_in_common_name_only", "key_usage_missing"),
               draft.signed_by(issuer.key), issuer)


def add_mismatch(corpus):
    issuer = corpus.authorities["intermediate"]
    draft = corpus.draft("algorithm-mismatch", issuer, names=GOOD, inner_signature="ecdsa-sha384")
    corpus.add("algorithm-mismatch", "structure", "signatureAlgorithm inside and outside differ",
               malformed(openssl_accepts=False),
               draft.signed_by(issuer.key), issuer)
    good = corpus.draft("trailing-bytes", issuer, names=GOOD).signed_by(issuer.key)
    corpus.add("trailing-bytes", "structure", "a byte after the certificate",
               malformed(open="a PEM reader of OpenSSL drops it"), good + b"\0", issuer)
