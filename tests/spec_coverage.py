#!/usr/bin/env python3
"""Lists clauses of oneM2M that the code names and no test does; fails when there is one.

A clause is covered by a test that names it, or one below it: code that names TS-0003 8.2 is covered by a test of 8.2.1.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCUMENT = r"TS-\d{4}"
NUMBER = r"[A-Z]?\d+(?:\.\d+)*"
CITATION = re.compile(rf"({DOCUMENT}) ({NUMBER}(?:(?:, | and | to ){NUMBER}(?![\w-]))*)")


def clauses(text):
    text = re.sub(r"\s*\n\s*(?://|#)?\s*", " ", text)  # a citation may go on in the next line of a comment
    for document, numbers in CITATION.findall(text):
        for number in re.findall(NUMBER, numbers):
            yield document, number


def cited(*folders, suffixes):
    found = {}
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in suffixes and "__pycache__" not in file.parts:
                for clause in clauses(file.read_text(encoding="utf-8")):
                    found.setdefault(clause, file.relative_to(ROOT))
    return found


def main():
    code = cited("identity", "policy", "proxy", suffixes={".h", ".cc"})
    tests = cited("tests", suffixes={".h", ".cc", ".py"})
    missing = [(document, number, file) for (document, number), file in sorted(code.items())
               if not any(d == document and (n == number or n.startswith(number + ".")) for d, n in tests)]
    for document, number, file in missing:
        print(f"{file}: {document} {number} is in no test")
    print(f"{len(code) - len(missing)} of {len(code)} cited clauses are named by a test")
    return 1 if missing or not code else 0


if __name__ == "__main__":
    sys.exit(main())
