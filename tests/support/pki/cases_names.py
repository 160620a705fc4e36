"""Certificates whose name is in the wrong place, doubled, or written with bytes that no identifier has.

Spec: TS-0003 8.1.2.5, 10.1.1; attacks: identity confusion
"""

import der
from corpus import (AE_URI, SP, accept_ae, accept_cse, accept_device, accept_node, allow, directory_name, dns, email,
                    other_name, refuse,
                    registered_id, uri)

AE_BASE = "https://sp.example.com/cse1/"


def add_wrong_place(corpus):
    def case(case_name, defect, names, verdict, issuer="plain-root", **options):
        corpus.leaf(case_name, "wrong-place", defect, verdict, names=names, issuer=issuer, **options)

    no_name = refuse("no_name", "name_in_common_name_only")
    case("ae-id-in-dns-name", "AE-ID written as a dNSName", [dns("sp.example.com/cse1/Cdemo")],
         refuse("bad_name_syntax", "no_name"))
    case("ae-uri-in-dns-name", "the AE-ID's URI in a dNSName", [dns(AE_URI)], refuse("bad_name_syntax", "no_name"))
    case("ae-id-in-email", "AE-ID as an rfc822Name", [email("Cdemo@sp.example.com")], no_name)
    case("ae-id-in-other-name", "AE-ID in an otherName", [other_name("1.3.6.1.4.1.99999.1", der.utf8_string(AE_URI))],
         refuse("bad_name_syntax", "no_name"))
    case("ae-id-in-directory-name", "AE-ID in a directoryName", [directory_name(AE_URI)], no_name, subject=None)
    case("cse-id-in-uri", "domain name of a CSE in a URI without a path", [uri("https://mn1.cse1.sp.example.com")],
         refuse("bad_name_syntax", "no_name"))
    case("absolute-cse-id-in-uri", "absolute CSE-ID as a URI", [uri("https://sp.example.com/mn1")],
         refuse("bad_name_syntax", "no_name"))
    case("ip-address-only", "an iPAddress is no identity", [der.implicit(7, bytes([127, 0, 0, 1]))], no_name)
    case("ae-id-in-cn-only", "AE-ID in the common name, no alternative name", None,
         refuse("name_in_common_name_only", "no_name"),
         common_name=AE_URI)
    case("cse-id-in-cn-only", "CSE-ID in the common name, no alternative name", None,
         refuse("name_in_common_name_only", "no_name"), issuer="intermediate", common_name="mn1.cse1.sp.example.com")
    case("cn-of-another-ae", "common name of another AE beside a good alternative name: the common name counts for nothing",
         [uri(AE_URI)], accept_ae(f"{SP}/cse1/Cdemo"), issuer="intermediate", common_name=AE_BASE + "Cvictim")
    case("node-id-urn-in-dns-name", "Node-ID of the C-DOT form in a dNSName", [dns("urn:dev:ops:def010-NODE10-ADN10")],
         allow(accept_node("urn:dev:ops:def010-NODE10-ADN10"), "bad_name_syntax", "allow_node_id_in_dns_name"))


def add_several(corpus):
    def case(case_name, defect, names, issuer="intermediate", **more):
        corpus.leaf(case_name, "several-names", defect, refuse("several_names", **more), names=names, issuer=issuer)

    hardware = other_name("0.2.481.1", der.utf8_string("100.3030.10011"))
    case("two-ae-uris", "two AE-IDs", [uri(AE_URI), uri(AE_BASE + "Cvictim")])
    case("ae-uri-and-cse-dns", "an AE-ID and a CSE-ID", [uri(AE_URI), dns("mn1.cse1.sp.example.com")])
    case("two-cse-dns", "two CSE-IDs", [dns("mn1.cse1.sp.example.com"), dns("mn2.cse1.sp.example.com")])
    case("ae-uri-and-node-uri", "an AE-ID and a Node-ID", [uri(AE_URI), uri("urn:dev:ops:def010-NODE1-ADN1")], "plain-root")
    case("ae-uri-and-hardware-id", "an AE-ID and a hardware id", [uri(AE_URI), hardware])
    case("two-node-ids", "two Node-IDs", [uri("urn:dev:ops:def010-NODE1-ADN1"), uri("urn:dev:ops:def010-NODE2-ADN1")],
         "device-root")
    corpus.leaf("same-ae-uri-twice", "several-names", "the same AE-ID twice",
                accept_ae(f"{SP}/cse1/Cdemo", open="no second identity is claimed"), names=[uri(AE_URI), uri(AE_URI)])
    # Spec: TS-0003 10.1.1.4 allows several hardware ids; no text says which one forms the Credential-ID. We take the first.
    device = accept_device("0.2.481.1.100.3030.10011", open="no text says which hardware id forms the Credential-ID")
    corpus.leaf("two-hardware-ids", "several-names", "two hardware ids", device, issuer="device-root",
                names=[hardware, other_name("0.2.481.1", der.utf8_string("100.3030.10012"))])
    corpus.leaf("hardware-id-two-forms", "several-names", "the same hardware id as otherName and as registeredID", device,
                issuer="device-root",
                names=[hardware, registered_id("0.2.481.1.100.3030.10011")])
    case("san-200-entries", "200 alternative names", [dns(f"mn{n}.cse1.sp.example.com") for n in range(200)])


def add_bytes(corpus):
    def case(case_name, defect, names, verdict=None, issuer="plain-root"):
        corpus.leaf(case_name, "bytes", defect, verdict or refuse("bad_name_syntax", "no_name", "malformed"), names=names,
                    issuer=issuer)

    for label, tail in (("nul", b"\0.evil"), ("crlf", b"\r\nX-M2M-Origin: CAdmin"), ("space", b" "), ("tab", b"\t"),
                        ("escape", b"\x1b[2J"),
                        ("delete", b"\x7f"), ("overlong-utf8", b"\xc0\xaf"), ("utf8", "é".encode()), ("latin1", b"\xe9"),
                        ("trailing-slash", b"/"), ("query", b"?x=1"), ("fragment", b"#x"), ("percent", b"%41"),
                        ("semicolon", b";p"),
                        ("comma", b",Cvictim"), ("plus", b"+"), ("backslash", b"\\x")):
        case(f"ae-uri-{label}", f"AE-ID URI ending in {tail!r}", [uri(AE_URI.encode() + tail)])
    case("cse-dns-nul-after", "dNSName with a NUL and a foreign tail", [dns(b"mn1.cse1.sp.example.com\0.evil.example")])
    case("cse-dns-nul-before", "dNSName with a NUL and our domain as tail", [dns(b"evil.example\0.cse1.sp.example.com")])
    case("cse-dns-latin1", "dNSName with a byte above 0x7f", [dns(b"mn\xe9.cse1.sp.example.com")])
    case("cse-dns-space", "dNSName with a blank", [dns("mn1 .cse1.sp.example.com")])
    case("node-uri-nul", "Node-ID with a NUL", [uri(b"urn:dev:ops:def010-NODE1-ADN1\0x")])
    case("node-uri-crlf", "Node-ID with CR LF", [uri(b"urn:dev:ops:def010-NODE1\r\nADN1")])
    case("ae-uri-empty", "empty URI", [uri("")])
    case("cse-dns-empty", "empty dNSName", [dns("")])
    case("ae-uri-4k", "AE-ID of 4 KiB", [uri(AE_BASE + "C" + "a" * 4096)])


def add_syntax(corpus):
    bad = refuse("bad_name_syntax", "no_name")

    def case(case_name, defect, name, verdict, issuer):
        issuer = issuer or ("intermediate" if verdict.expect == "accept" else "plain-root")
        corpus.leaf(case_name, "syntax", defect, verdict, names=[name], issuer=issuer)

    def ae(case_name, defect, text, verdict=bad, issuer=None):
        case(case_name, defect, uri(text), verdict, issuer)

    def cse(case_name, defect, text, verdict=bad, issuer=None):
        case(case_name, defect, dns(text), verdict, issuer)

    ae("ae-literal", "absolute AE-ID without a scheme, as 8.1.2.5 reads literally", "//sp.example.com/cse1/Cdemo",
       allow(accept_ae(f"{SP}/cse1/Cdemo", open="wolfSSL takes a URI without a scheme for malformed, unless built with WOLFSSL_NO_ASN_STRICT"),
             "ca_without_name_constraints", "allow_ca_without_name_constraints", also=("malformed",)), issuer="bare-root")
    ae("ae-m2m-scheme", "any scheme is cut off", "m2m://sp.example.com/cse1/Cdemo", accept_ae(f"{SP}/cse1/Cdemo"))
    ae("ae-host-case", "host in upper case", "https://SP.EXAMPLE.COM/cse1/Cdemo",
       accept_ae(f"{SP}/cse1/Cdemo", open="an SP-ID is lower case, a URI host is not case-sensitive"))
    ae("ae-stem-case", "stem in upper case: another AE, identifiers are case-sensitive", AE_BASE + "CDEMO",
       accept_ae(f"{SP}/cse1/CDEMO"))
    ae("ae-stem-lower-c", "stem with a small first letter", AE_BASE + "cdemo")
    ae("ae-cse-case", "CSE-ID in upper case: another CSE", "https://sp.example.com/CSE1/Cdemo", refuse("other_cse"))
    ae("ae-of-another-cse", "C-type AE-ID of another CSE", "https://sp.example.com/cse2/Cdemo", refuse("other_cse"))
    ae("ae-of-another-sp", "AE-ID of another service provider", "https://sp.example.org/cse1/Cdemo",
       refuse("other_service_provider", "other_cse"))
    ae("ae-s-of-another-sp", "S-type AE-ID of another service provider", "https://sp.example.org/Sdemo",
       refuse("other_service_provider"))
    ae("ae-sub-sp", "a host below the service provider's", "https://x.sp.example.com/cse1/Cdemo",
       refuse("other_service_provider", "other_cse"))
    ae("ae-sp-suffix", "a host that ends like the service provider's", "https://evilsp.example.com/cse1/Cdemo",
       refuse("other_service_provider", "other_cse"))
    ae("ae-sp-relative", "SP-relative AE-ID", "/cse1/Cdemo")
    ae("ae-stem-only", "AE-ID-Stem alone", "Cdemo")
    ae("ae-bare-letter", "the bare letter C", AE_BASE + "C")
    ae("ae-first-letter", "stem with a reserved first letter", AE_BASE + "Xdemo")
    ae("ae-s-below-cse", "S-type stem below a CSE-ID", AE_BASE + "Sdemo")
    ae("ae-c-without-cse", "C-type stem without a CSE-ID", "https://sp.example.com/Cdemo")
    ae("ae-three-levels", "one path segment too many", AE_BASE + "x/Cdemo")
    ae("ae-double-slash", "empty path segment", "https://sp.example.com//cse1/Cdemo")
    ae("ae-dot-segments", "dot segments", "https://sp.example.com/cse2/../cse1/Cdemo")
    ae("ae-userinfo", "user part before the host", "https://sp.example.org@sp.example.com/cse1/Cdemo")
    ae("ae-port", "port after the host", "https://sp.example.com:443/cse1/Cdemo")
    ae("ae-host-dot", "host with a final dot", "https://sp.example.com./cse1/Cdemo",
       refuse("bad_name_syntax", "other_service_provider"))
    ae("ae-no-host", "no host", "https:///cse1/Cdemo")
    ae("ae-one-slash", "scheme with one slash", "https:/sp.example.com/cse1/Cdemo")
    ae("ae-two-schemes", "scheme twice", "https:https://sp.example.com/cse1/Cdemo")
    ae("ae-wildcard-stem", "wildcard in the stem", AE_BASE + "C*", refuse("wildcard_name", "bad_name_syntax"))
    ae("ae-wildcard-host", "wildcard in the host", "https://*.example.com/cse1/Cdemo",
       refuse("wildcard_name", "bad_name_syntax"))
    cse("cse-wildcard", "wildcard label", "*.cse1.sp.example.com", refuse("wildcard_name"))
    cse("cse-wildcard-part", "wildcard inside a label", "mn*.cse1.sp.example.com", refuse("wildcard_name"))
    cse("cse-host-case", "domain name in upper case", "MN1.CSE1.SP.EXAMPLE.COM",
        accept_cse("/mn1", open="domain names are not case-sensitive, CSE-IDs are: it may not become /MN1"))
    cse("cse-final-dot", "domain name with a final dot", "mn1.cse1.sp.example.com.")
    cse("cse-double-dot", "empty label", "mn1..cse1.sp.example.com")
    cse("cse-other-in", "name of another IN-CSE of this service provider", "cse2.sp.example.com",
        accept_cse("/cse2", open="not a registree"))
    cse("cse-below-another-in", "MN-CSE of another IN-CSE", "mn1.cse2.sp.example.com",
        refuse("other_cse", "bad_name_syntax", "no_name"))
    cse("cse-too-deep", "one label too many", "x.mn1.cse1.sp.example.com", refuse("other_cse", "bad_name_syntax", "no_name"))
    cse("cse-of-another-sp", "CSE of another service provider", "cse9.other.example",
        refuse("other_service_provider", "other_cse", "bad_name_syntax", "no_name"))
    cse("cse-sp-itself", "the service provider's own name", "sp.example.com",
        refuse("bad_name_syntax", "other_service_provider", "other_cse", "no_name"))
    cse("cse-single-label", "a single label", "mn1", refuse("bad_name_syntax", "other_service_provider", "no_name"))


def add_hardware(corpus):
    def case(case_name, defect, name, verdict):
        corpus.leaf(case_name, "hardware-id", defect, verdict, names=[name], issuer="device-root")

    full = "0.2.481.1.100.3030.10011"
    case("device-relative-oid", "remaining arcs as RELATIVE-OID", other_name("0.2.481.1", der.relative_oid("100.3030.10011")),
         accept_device(full, open="the ASN.1 type of the value is not stated"))
    case("device-ia5", "remaining arcs as IA5String", other_name("0.2.481.1", der.ia5_string(b"100.3030.10011")),
         accept_device(full, open="the ASN.1 type of the value is not stated"))
    case("device-octets", "remaining arcs in an OCTET STRING", other_name("0.2.481.1", der.octet_string(b"100.3030.10011")),
         refuse("bad_name_syntax", "no_name", open="the ASN.1 type of the value is not stated"))
    for label, text in (("letters", "100.x.10011"), ("empty", ""), ("leading-dot", ".100.3030"),
                        ("trailing-dot", "100.3030."),
                        ("leading-zero", "0100.3030.10011"), ("nul", "100.3030\0.1"), ("negative", "-1.2")):
        case(f"device-{label}", f"remaining arcs {text!r}", other_name("0.2.481.1", der.utf8_string(text)),
             refuse("bad_name_syntax", "no_name", "malformed"))
    bad_oid = refuse("bad_name_syntax", "no_name", "malformed", openssl_accepts=False)
    case("device-rid-padded-arc", "registeredID with a leading 0x80 in an arc", der.implicit(8, b"\x02\x80\x83\x61"), bad_oid)
    case("device-rid-cut-arc", "registeredID that ends inside an arc", der.implicit(8, b"\x02\x83\xe1"), bad_oid)
    case("device-rid-empty", "empty registeredID", der.implicit(8, b""), bad_oid)
    case("device-rid-huge-arc", "registeredID with an arc of 140 bits", der.implicit(8, b"\x02" + b"\xff" * 19 + b"\x7f"),
         refuse("bad_name_syntax", "no_name", "malformed", open="X.660 sets no bound"))
