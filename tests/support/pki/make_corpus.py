#!/usr/bin/env python3
"""Makes the certificate corpus: good and hostile certificates, malformed DER, CRLs, and a manifest of what to expect.

usage: make_corpus.py OUTDIR [--now UNIX-SECONDS]
All validity is relative to --now (default: the present). Names and serial numbers are the same every time, keys are new.

OUTDIR/
  good/NAME.crt, .der       what has to work; .crt is leaf and intermediates in PEM as a client sends them, .der the leaf
  hostile/NAME.crt, .der    everything else
  keys/LABEL.key            private keys, PKCS#8 PEM, mode 0600; many cases share leaf.key
  ca/LABEL.crt, .crl        CA certificates and their CRLs; also intermediate-{expired,not-yet,wrong-key}.crl
  trust.crt                 trust anchors: root, device-root, plain-root
  trust-field.crt           the same and bare-root, rsa-root, which only switches make acceptable
  all.crl                   CRLs of every CA that a trusted path goes through
  raw/LABEL.pub, .der       raw public keys (SubjectPublicKeyInfo)
  malformed/LABEL.der       each one must be refused by parse_certificate
  manifest.json             now, local {sp, cse}, cases, raw_keys, malformed
  manifest.tsv              the cases as a table with the columns COLUMNS, lists joined by commas, for tests in C++

A case: name, group, role (client | server), file (.crt), der, key, issuers (CA certificates nearest first, anchor last), trust
(file), defect (text), and the fields of corpus.Verdict. `reason` or a word of `also` must be among what is reported; the words
are those of ProfileViolation, chain_{untrusted,bad_signature,not_ca,path_length,too_long,revoked} and malformed.
`open` says why the opposite verdict would be defensible: a test should not insist on such a case.
"""

import argparse
import json
import os
import shutil
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cases_chain
import cases_good
import cases_names
import cases_profile
import malformed
import x509
from corpus import CSE, FOLDERS, SP, Corpus

COLUMNS = ["name", "group", "role", "expect", "profile", "reason", "also", "switches", "flavour", "credential_id",
           "identity", "open",
           "der", "issuers"]


def write_trust(corpus):
    """trust.crt: what a deployment of the profile trusts; trust-field.crt: with the CAs that only switches make acceptable."""
    def bundle(*labels):
        return "".join(x509.pem("CERTIFICATE", corpus.authorities[label].certificate) for label in labels)

    strict = ("root", "device-root", "plain-root")
    (corpus.root / "trust.crt").write_text(bundle(*strict))
    (corpus.root / "trust-field.crt").write_text(bundle(*strict, "bare-root", "rsa-root"))
    for case in corpus.cases:
        if case["issuers"] and case["issuers"][-1] in ("ca/bare-root.crt", "ca/rsa-root.crt"):
            case["trust"] = "trust-field.crt"


def write_crls(corpus):
    """A CRL of every CA that anything is trusted through, and three bad ones of the intermediate."""
    untrusted = ("twin-root", "twin-intermediate", "rogue-root", "not-a-ca", "no-cert-sign")
    everything = ""
    for label, ca in corpus.authorities.items():
        if label not in untrusted:
            text = x509.pem("X509 CRL", ca.crl(corpus.now))
            (corpus.root / "ca" / f"{label}.crl").write_text(text)
            everything += text
    (corpus.root / "all.crl").write_text(everything)
    intermediate = corpus.authorities["intermediate"]
    bad = {"intermediate-expired": intermediate.crl(corpus.now - 60 * x509.DAY),
           "intermediate-not-yet": intermediate.crl(corpus.now + 60 * x509.DAY),
           "intermediate-wrong-key": intermediate.crl(corpus.now, key=corpus.key("leaf"))}
    for label, content in bad.items():
        (corpus.root / "ca" / f"{label}.crl").write_text(x509.pem("X509 CRL", content))


def write_malformed(corpus):
    found = []
    for label, content in malformed.samples((corpus.root / "good" / "ae-c.der").read_bytes()):
        (corpus.root / "malformed" / f"{label}.der").write_bytes(content)
        found.append({"name": label, "file": f"malformed/{label}.der"})
    return found


def write_manifest(corpus, raw_keys, malformed_files):
    manifest = {"now": corpus.now, "local": {"sp": SP, "cse": CSE}, "trust": "trust.crt", "trust_field": "trust-field.crt",
                "crl": "all.crl",
                "cases": corpus.cases, "raw_keys": raw_keys, "malformed": malformed_files}
    (corpus.root / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=True) + "\n")
    rows = ["\t".join(COLUMNS)]
    for case in corpus.cases:
        rows.append("\t".join(",".join(case[c]) if isinstance(case[c], (list, tuple)) else case[c] for c in COLUMNS))
    (corpus.root / "manifest.tsv").write_text("\n".join(rows) + "\n")


def clear_earlier(out):
    """Takes away what an earlier run made, so that no renamed case lingers; touches no folder that is not ours."""
    mark = out / ".certificate-corpus"
    if mark.exists() or (out / "manifest.json").exists():
        for folder in FOLDERS:
            shutil.rmtree(out / folder, ignore_errors=True)
        (out / "manifest.json").unlink(missing_ok=True)
    elif out.is_dir() and any(out.iterdir()):
        raise SystemExit(f"make_corpus: {out} is not empty and holds no corpus")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch()


def make(out, now):
    clear_earlier(Path(out))
    corpus = Corpus(out, now)
    cases_good.add_authorities(corpus)
    cases_good.add_good(corpus)
    for add in (cases_names.add_wrong_place, cases_names.add_several, cases_names.add_bytes, cases_names.add_syntax,
                cases_names.add_hardware,
                cases_profile.add_usage, cases_profile.add_validity, cases_profile.add_keys, cases_profile.add_structure,
                cases_chain.add_chain):
        add(corpus)
    raw_keys = cases_good.add_raw_keys(corpus)
    write_trust(corpus)
    write_crls(corpus)
    write_manifest(corpus, raw_keys, write_malformed(corpus))
    return corpus


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("outdir")
    parser.add_argument("--now", type=int, default=None, metavar="UNIX-SECONDS")
    arguments = parser.parse_args()
    os.umask(0o077)
    corpus = make(arguments.outdir, int(time.time()) if arguments.now is None else arguments.now)
    print(f"{len(corpus.cases)} certificates and manifest.json in {arguments.outdir}")


if __name__ == "__main__":
    main()
