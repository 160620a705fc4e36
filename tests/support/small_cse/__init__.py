"""The small CSE: enough of oneM2M over HTTP to be honest in demonstrations and tests.

    server     listening sockets; connection: bytes -> requests (wire), answers -> bytes, failures on demand
    recorder   the exact bytes that arrived
    binding    HTTP request <-> oneM2M primitive (TS-0009)
    cse        primitive -> answer: registration, containers, subscriptions (TS-0004)
    tree       the resources, their addresses and their life
    notifier   background notifications to points of access

It shares no code with saproxy, checks no originator (as no real CSE does), and keeps everything in memory.
`small-cse --help` lists the options; `control.py` describes the control port, `recorder.py` the record format.
"""
