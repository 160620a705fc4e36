#!/usr/bin/env python3
"""The guard itself: it reads callgrind and strace rightly, and fails when it has to."""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
sys.dont_write_bytecode = True

import callgrind  # noqa: E402
import measured  # noqa: E402
import processor  # noqa: E402
import recorded  # noqa: E402
import system_calls  # noqa: E402
from saproxy.cases import main  # noqa: E402

DUMP = """# callgrind format
positions: line
events: Ir

ob=(1) /usr/bin/saproxy
fl=(1) proxy/peer.cc
fn=(1) saproxy::proxy::Peer::on_bytes()
0 100
fi=(2) /usr/include/c++/12/bits/basic_string.h
0 20
cob=(2) /lib/libstdc++.so.6
cfi=(3) ???
cfn=(2) std::string::_M_create(unsigned long&)'saproxy::proxy::Peer::on_bytes()
calls=3 0
0 900

ob=(2)
fl=(3)
fn=(2)
0 30
cfn=(3) operator new(unsigned long)'std::string::_M_create(unsigned long&)'saproxy::proxy::Peer::on_bytes()
calls=3 0
0 600

fn=(3)
0 30
cob=(3) /lib/libc.so.6
cfn=(4) malloc'operator new(unsigned long)'std::string::_M_create(unsigned long&)'saproxy::proxy::Peer::on_bytes()
calls=3 0
0 500

ob=(1)
fn=(5) wolfSSL_Malloc'SendAlert'saproxy::proxy::Peer::on_bytes()
0 7
cob=(3)
cfn=(6) malloc'wolfSSL_Malloc'SendAlert'saproxy::proxy::Peer::on_bytes()
calls=2 0
0 44
"""

STRACE = """\
71 recvfrom(12<TCP:[127.0.0.1:8443->127.0.0.1:5000]>, ""..., 65536, 0, NULL, NULL) = 300
71 write(13<TCP:[127.0.0.1:6000->127.0.0.1:8080]>, ""..., 400) = 400
71 epoll_pwait(5<anon_inode:[eventpoll]>,  <unfinished ...>
70 getrandom(""..., 16, 0) = 16
71 <... epoll_pwait resumed>[{events=EPOLLIN, data={u32=13, u64=13}}], 1024, -1, NULL, 8) = 1
71 read(13<TCP:[127.0.0.1:6000->127.0.0.1:8080]>, 0x7f, 65536) = -1 EAGAIN (Resource temporarily unavailable)
71 epoll_pwait(5<anon_inode:[eventpoll]>, [], 1024, 50, NULL, 8) = 0
71 epoll_pwait(5<anon_inode:[eventpoll]>,  <unfinished ...>
71 <... epoll_pwait resumed>[], 1024, 50, NULL, 8) = 0
71 epoll_pwait(5<anon_inode:[eventpoll]>, [], 1024, 0, NULL, 8) = 0
71 --- SIGTERM {si_signo=SIGTERM} ---
71 +++ exited with 0 +++
"""


class Callgrind(unittest.TestCase):
    profile = callgrind.Profile(DUMP)

    def test_self_cost_leaves_out_what_called_functions_cost(self):
        self.assertEqual(187, self.profile.total)
        self.assertEqual(120, self.profile.self_cost["saproxy::proxy::Peer::on_bytes()"])

    def test_a_new_is_one_allocation_of_who_uses_the_library(self):
        self.assertEqual(3, self.profile.allocations()["saproxy", "saproxy::proxy::Peer::on_bytes()"])

    def test_a_malloc_in_c_is_the_librarys_own(self):
        self.assertEqual(2, self.profile.allocations()["library", "wolfSSL_Malloc < SendAlert < saproxy::proxy::Peer::on_bytes()"])
        self.assertEqual(5, self.profile.allocations().total())

    def test_an_allocation_without_a_known_owner_is_ours(self):
        self.assertEqual("saproxy", callgrind.owner(["std::string::_M_create(unsigned long&)"])[0])
        self.assertEqual("saproxy", callgrind.owner([])[0])
        self.assertEqual("saproxy", callgrind.owner(["saproxy_rand_block"])[0])


class SystemCalls(unittest.TestCase):
    found = system_calls.count(STRACE, listening=8443, cse=8080)

    def test_each_call_counts_once_with_its_side_and_waits_that_ran_out_do_not(self):
        self.assertEqual({"recvfrom client": 1, "write CSE": 1, "epoll_pwait": 2, "getrandom": 1, "read CSE": 1}, self.found)

    def test_calls_of_one_kind_add_up(self):
        self.assertEqual(1, system_calls.summed(self.found, system_calls.READS, "client"))
        self.assertEqual(0, system_calls.summed(self.found, system_calls.WRITES, "client"))


class Recorded(unittest.TestCase):
    def test_five_percent_more_is_borne_and_what_exceeds_it_is_not(self):
        self.assertIsNone(recorded.growth(10_500, 10_000))
        self.assertAlmostEqual(5.1, recorded.growth(10_510, 10_000))
        self.assertEqual(float("inf"), recorded.growth(1, 0))

    def test_the_functions_that_grew_most_are_named(self):
        cost = measured.Cost(63, {}, {"grown": 50, "new": 8, "same": 3, "small": 2})
        lines = recorded.grown_functions(cost, {"functions": {"grown": 30, "same": 3}}).splitlines()
        self.assertIn("grown (was 30)", lines[0])
        self.assertIn("new (was at most 3)", lines[1])
        self.assertEqual(2, len(lines))

    def test_a_difference_leaves_out_what_both_runs_have(self):
        self.assertEqual({"b": 2, "a": 0.5}, measured.difference({"a": 7, "b": 22, "c": 1}, {"a": 2, "b": 2, "c": 1}, 10))


class Processor(unittest.TestCase):
    def test_features_are_read_from_the_loaders_list(self):
        text = ("x86.cpu_features.features[0x0].cpuid[0x2]=0x10000002\n"
                "x86.cpu_features.features[0x1].cpuid[0x1]=0x27ab\n")
        self.assertEqual("avx avx2 bmi2 pclmulqdq", processor.features(text))

    def test_another_loader_is_an_unknown_processor(self):
        self.assertIsNone(processor.features("x86.cpu_features.basic.kind=0x2\n"))


if __name__ == "__main__":
    main()
