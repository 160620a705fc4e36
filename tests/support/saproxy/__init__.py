"""Runs saproxy, a small CSE and real clients for the tests of tests/peer and tests/fault.

    process      saproxy as a process: ready file, log lines, metrics, reload, orderly end
    stage        a demonstration PKI, a configuration and both processes in a scratch folder
    http         bytes of HTTP/1.1 over any channel
    clients      channels: Python's TLS, openssl, gnutls-cli, the wolfSSL client
    raw_tls      handshakes made by hand, for what no library would send
    registering  what registrations need: contents, the registry, a CSE of three serialisations
    registree    TLS servers that SA2 leads to
    sa2          registrations with points of access, and the test as the CSE that uses the egress
    cases        the base class of the tests, and the report that tests/run counts

Only the standard library; no code of saproxy.
"""
