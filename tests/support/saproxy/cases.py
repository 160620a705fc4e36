"""The base class of the tests, and what runs them: unittest with a report that tests/run counts (JUnit form)."""

import os
import resource
import sys
import time
import unittest
import xml.etree.ElementTree as ElementTree

from .process import sanitized
from .stage import Stage

FULL = os.environ.get("SAPROXY_FULL") == "1"


class StageCase(unittest.TestCase):
    """One Stage for all tests of a class; `STAGE` are its options. Each test begins with an empty record of the CSE."""

    STAGE = {}
    longMessage = True

    @classmethod
    def setUpClass(cls):
        cls.stage = Stage(**cls.STAGE).__enter__()
        cls.addClassCleanup(cls._close)
        cls.proxy, cls.cse, cls.pki = cls.stage.proxy, cls.stage.cse, cls.stage.pki

    @classmethod
    def _close(cls):
        cls.stage.close()

    def setUp(self):
        self.assertIsNone(self.proxy.process.poll(), "saproxy has ended")
        self.cse.reset()
        self.mark = self.proxy.mark()

    def recorded(self):
        """What the CSE received since the test began, without the looks of saproxy at its health."""
        return [record for record in self.cse.recorded() if record["raw"] or record["error"]]

    def the_only_request(self):
        records = self.recorded()
        self.assertEqual(1, len(records), records)
        self.assertTrue(records[0]["complete"], records[0])
        return records[0]

    def assert_nothing_forwarded(self):
        self.assertEqual([], [record["raw"] for record in self.recorded()])

    def assert_answer(self, answer, status, rsc):
        self.assertEqual((status, rsc), (answer.status, answer.rsc), answer)

    def assert_grown_by_less(self, kib, before, note=""):
        """Resident memory since `before`. Sanitizers keep what was freed, so with them this says nothing."""
        if not sanitized():
            self.assertLess(self.proxy.resident_kib() - before, kib, note)

    def a_good_client_is_served(self):
        """Somebody else is not affected, and at once."""
        with self.stage.certificate("ae-c") as client:
            self.assert_answer(client.request(origin="Cdemo"), 200, 2000)


def raise_fd_limit(wanted):
    """True when this process (and what it starts) may have `wanted` open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        return False
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return True


def expand(rows):
    """Class decorator: one test method for each row (name, *values) of `rows`, calling `check(self, *values)`."""

    def decorate(cls):
        for name, *values in rows:
            def method(self, values=tuple(values)):
                self.check(*values)

            title = "test_" + "".join(c if c.isalnum() else "_" for c in name)
            if hasattr(cls, title):
                raise ValueError(f"two rows are called {name}")
            method.__name__ = title
            setattr(cls, title, method)
        return cls

    return decorate


class _Result(unittest.TextTestResult):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.cases = []

    def startTest(self, test):
        self._began = time.monotonic()
        self._problems = len(self.failures) + len(self.errors)
        super().startTest(test)

    def stopTest(self, test):
        case = ElementTree.Element("testcase", name=test.id(), time=f"{time.monotonic() - self._began:.3f}")
        found = self.failures + self.errors
        if len(found) > self._problems:
            ElementTree.SubElement(case, "failure").text = found[-1][1]
        elif self.skipped and self.skipped[-1][0] is test:
            ElementTree.SubElement(case, "skipped").text = self.skipped[-1][1]
        self.cases.append(case)
        super().stopTest(test)

    def report(self, path):
        suite = ElementTree.Element("testsuite")
        suite.extend(self.cases)
        named = {case.get("name") for case in self.cases}
        for test, trace in self.failures + self.errors:  # set-up and end of a class
            if test.id() not in named and not isinstance(test, unittest.TestCase):
                case = ElementTree.SubElement(suite, "testcase", name=test.id())
                ElementTree.SubElement(case, "failure").text = trace
        for test, reason in self.skipped:
            if test.id() not in named:
                ElementTree.SubElement(ElementTree.SubElement(suite, "testcase", name=test.id()), "skipped").text = reason
        os.makedirs(os.path.dirname(path), exist_ok=True)
        ElementTree.ElementTree(suite).write(path)


def main():
    """Runs the tests of the calling file; SAPROXY_REPORT names where the report goes."""
    program = unittest.main(module="__main__", exit=False, testRunner=unittest.TextTestRunner(resultclass=_Result, verbosity=1))
    report = os.environ.get("SAPROXY_REPORT")
    if report:
        program.result.report(report)
    sys.exit(not program.result.wasSuccessful())
