#!/usr/bin/env python3
"""count_results.py PREFIX CTEST_JUNIT REPORT_FOLDER: prints "<prefix>/<suite> <passed> <failed> <skipped>" for each ctest entry.

An entry that wrote REPORT_FOLDER/<entry>.xml (JUnit form, as GoogleTest writes it) counts with its single cases, any other
one as one case. An entry that failed without a failed case in its report (it crashed, or a sanitizer spoke at the end) has
one failed case more.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def cases_of(report):
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None or case.get("status") == "notrun" or case.get("result") == "skipped":
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def count(entry, report):
    status = entry.get("status")
    if report.exists():
        try:
            passed, failed, skipped = cases_of(report)
        except ElementTree.ParseError:
            passed, failed, skipped = 0, 1, 0
        return passed, failed + (status != "run" and failed == 0), skipped
    if status == "run":
        return 1, 0, 0
    return (0, 0, 1) if status in ("notrun", "disabled") and entry.find("skipped") is not None else (0, 1, 0)


def main(prefix, junit, folder):
    for entry in ElementTree.parse(junit).iter("testcase"):
        name = entry.get("name")
        print(f"{prefix}/{name}", *map(int, count(entry, pathlib.Path(folder) / f"{name}.xml")))


if __name__ == "__main__":
    main(*sys.argv[1:4])
