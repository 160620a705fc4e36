"""Certificates that are fine by themselves; their path, their issuer or their status is not.

`profile` in these cases is what judge_certificate says when it is handed the issuers as if the path had been verified.
Spec: RFC 5280 6.1; TS-0003 8.1.2.2
"""

import dataclasses

import x509
from cases_good import PROVIDER, SUBJECT_ONLY
from corpus import AE_URI, DOMAIN, SP, accept_ae, allow, dns, refuse, uri
from x509 import DAY

GOOD = [uri(AE_URI)]
AE = accept_ae(f"{SP}/cse1/Cdemo")


def broken(reason, *also, **more):
    """Path validation refuses; the leaf alone is without fault."""
    changes = {"profile": "accept", "openssl_accepts": False} | more
    return dataclasses.replace(AE, expect="refuse", reason=reason, also=also, **changes)


def add_chain(corpus):
    add_wrong_issuers(corpus)
    add_bad_authorities(corpus)
    add_constraint_violations(corpus)
    add_deep_chains(corpus)
    add_revoked(corpus)


def add_wrong_issuers(corpus):
    intermediate = corpus.authorities["intermediate"]
    remembered = "wolfSSL keeps verified intermediates of earlier handshakes: then the path is complete"

    def case(case_name, defect, verdict, certificate, issuer, **options):
        corpus.add(case_name, "chain", defect, verdict, certificate, issuer, **options)

    twin_root = corpus.authority("twin-root", subject=corpus.authorities["root"].subject, constraints=PROVIDER)
    twin = corpus.authority("twin-intermediate", twin_root, subject=intermediate.subject, constraints=PROVIDER, path_length=0)
    leaf = corpus.draft("twin-chain", twin, names=GOOD).signed_by(twin.key)
    case("twin-chain", "whole chain of a CA with our names and other keys", broken("chain_untrusted", "chain_bad_signature"),
         leaf, twin)
    case("twin-leaf", "leaf of the twin CA below our intermediate", broken("chain_bad_signature", "chain_untrusted"),
         corpus.draft("twin-leaf", intermediate, names=GOOD).signed_by(twin.key), intermediate)
    leaf = corpus.draft("missing-intermediate", intermediate, names=GOOD).signed_by(intermediate.key)
    case("missing-intermediate", "intermediate not sent", broken("chain_untrusted", open=remembered), leaf, intermediate,
         chain="")
    unrelated = corpus.authorities["device-root"]
    case("wrong-intermediate", "another CA certificate sent in place of the issuer",
         broken("chain_untrusted", open=remembered), leaf, intermediate,
         chain=x509.pem("CERTIFICATE", unrelated.certificate))
    rogue = corpus.authority("rogue-root", constraints=PROVIDER)
    case("untrusted-root", "good certificate of a root that nobody trusts", broken("chain_untrusted"),
         corpus.draft("untrusted-root", rogue, names=GOOD).signed_by(rogue.key), rogue,
         chain=x509.pem("CERTIFICATE", rogue.certificate))
    draft = corpus.draft("self-signed", rogue, names=GOOD)
    draft.issuer = draft.subject
    draft.extensions[3] = x509.key_identifiers(corpus.key("leaf").identifier, corpus.key("leaf").identifier)
    case("self-signed", "self-signed leaf", refuse("chain_untrusted", "ca_without_name_constraints", openssl_accepts=False),
         draft.signed_by(corpus.key("leaf")), rogue, chain="")
    corpus.cases[-1]["issuers"] = []
    flipped = bytearray(corpus.draft("signature-flipped", intermediate, names=GOOD).signed_by(intermediate.key))
    flipped[-1] ^= 1
    case("signature-flipped", "last bit of the signature flipped", broken("chain_bad_signature", "chain_untrusted"),
         bytes(flipped), intermediate)


def add_bad_authorities(corpus):
    root, intermediate = corpus.authorities["root"], corpus.authorities["intermediate"]

    def case(case_name, defect, issuer, verdict):
        corpus.leaf(case_name, "chain", defect, verdict, names=GOOD, issuer=issuer)

    corpus.authority("not-a-ca", root, is_ca=False, constraints=PROVIDER)
    case("issuer-not-ca", "intermediate without the CA flag", "not-a-ca", broken("chain_not_ca", "chain_untrusted"))
    corpus.authority("no-cert-sign", root, usage=x509.DIGITAL_SIGNATURE, constraints=PROVIDER)
    case("issuer-no-cert-sign", "intermediate without keyCertSign", "no-cert-sign", broken("chain_not_ca", "chain_untrusted"))
    # The attack that chain checks exist for: the holder of an AE certificate signs one for somebody else.
    leaf_key = corpus.key("ae-c")
    leaf = corpus.draft("ae-as-issuer", intermediate, names=GOOD, key=leaf_key, common_name="AE Cdemo")
    signer = x509.Authority("ae-as-issuer", leaf_key, leaf.subject, leaf.signed_by(intermediate.key), intermediate.issuers())
    (corpus.root / "ca" / "ae-as-issuer.crt").write_text(x509.pem("CERTIFICATE", signer.certificate))
    forged = corpus.draft("issued-by-ae", signer, names=[uri("https://sp.example.com/cse1/Cvictim")]).signed_by(leaf_key)
    corpus.add("issued-by-ae", "chain", "issued with the key of an AE certificate",
               refuse("chain_not_ca", "chain_path_length", "chain_untrusted", "ca_without_name_constraints",
                      openssl_accepts=False), forged, signer)
    corpus.authority("below-path-length", intermediate, constraints=PROVIDER)
    case("path-length", "CA below an intermediate with path length 0", "below-path-length",
         broken("chain_path_length", "chain_untrusted"))
    corpus.authority("expired-ca", root, not_after=-DAY, constraints=PROVIDER)
    case("issuer-expired", "intermediate ended yesterday", "expired-ca",
         refuse("expired", "chain_untrusted", openssl_accepts=False))
    corpus.authority("future-ca", root, not_before=DAY, constraints=PROVIDER)
    case("issuer-not-yet-valid", "intermediate begins tomorrow", "future-ca",
         refuse("not_yet_valid", "chain_untrusted", openssl_accepts=False))
    corpus.authority("unconstrained", root)
    case("ca-no-constraints", "intermediate without name constraints below a root that has them", "unconstrained",
         allow(AE, "ca_without_name_constraints", "allow_ca_without_name_constraints"))
    case("bare-root", "root without name constraints", "bare-root",
         allow(AE, "ca_without_name_constraints", "allow_ca_without_name_constraints"))


def add_constraint_violations(corpus):
    def case(case_name, defect, names, *also, issuer="intermediate", **more):
        verdict = refuse("name_constraint_violated", *also, **({"openssl_accepts": False} | more))
        corpus.leaf(case_name, "constraint", defect, verdict, names=names, issuer=issuer)

    case("constraint-dns", "dNSName outside the constraints", [dns("mn1.cse1.sp.example.org")], "other_service_provider",
         "other_cse", "bad_name_syntax")
    case("constraint-dns-suffix", "dNSName that only ends like the constraint", [dns("cse1.evilsp.example.com")],
         "other_service_provider", "other_cse", "bad_name_syntax")
    case("constraint-uri", "URI outside the constraints", [uri("https://sp.example.org/cse1/Cdemo")],
         "other_service_provider", "other_cse")
    case("constraint-uri-user", "permitted host as the user part", [uri("https://sp.example.com@sp.example.org/cse1/Cdemo")],
         "other_service_provider", "bad_name_syntax")
    case("constraint-uri-query", "permitted host in the query",
         [uri("https://sp.example.org?x=//sp.example.com/cse1/Cdemo")], "other_service_provider", "bad_name_syntax")
    case("constraint-uri-no-host", "URI without a host below a URI constraint (RFC 5280 4.2.1.10)",
         [uri("urn:dev:ops:def010-NODE1-ADN1")])
    corpus.leaf("constraint-uri-literal", "constraint", "URI without a scheme below a URI constraint",
                broken("name_constraint_violated", "malformed",
                       open="has the right host, but RFC 5280 and wolfSSL want a scheme"),
                names=[uri("//sp.example.com/cse1/Cdemo")])
    case("constraint-dns-excluded", "device root names a host of the service provider", [dns("cse1.sp.example.com")],
         issuer="device-root")
    # Only the root forbids it: constraints add up along the path.
    corpus.authority("wider-ca", corpus.authorities["root"], constraints=SUBJECT_ONLY)
    case("constraint-of-root", "constraint of the root, intermediate permits it", [uri("https://sp.example.org/cse1/Cdemo")],
         "other_service_provider", "other_cse", issuer="wider-ca")


def add_deep_chains(corpus):
    issuer = corpus.authorities["root"]
    for depth in range(1, 13):
        issuer = corpus.authority(f"deep-{depth}", issuer, constraints=PROVIDER)
    corpus.leaf("chain-of-8", "chain", "8 certificates sent, leaf included",
                accept_ae(f"{SP}/cse1/Cdemo", open="a bound on the chain may be lower"),
                names=GOOD, issuer="deep-7")
    corpus.leaf("chain-of-13", "chain", "13 certificates sent: more than wolfSSL takes",
                broken("chain_too_long", "chain_untrusted", openssl_accepts=True, open="valid by RFC 5280"), names=GOOD,
                issuer="deep-12")


def add_revoked(corpus):
    corpus.leaf("revoked", "revoked", "on the CRL of the intermediate", broken("chain_revoked"), names=GOOD)
    corpus.authorities["intermediate"].revoked.append(x509.serial_of("revoked"))
    revoked_ca = corpus.authority("revoked-ca", corpus.authorities["root"], constraints=PROVIDER)
    corpus.authorities["root"].revoked.append(revoked_ca.serial)
    corpus.leaf("issuer-revoked", "revoked", "intermediate on the CRL of the root", broken("chain_revoked"),
                names=GOOD, issuer="revoked-ca")
