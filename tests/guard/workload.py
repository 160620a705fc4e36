"""saproxy as shipped, with one worker, between one client and a CSE of a few lines; everything happens one after the other."""
import contextlib
import dataclasses
import socket
import ssl
import subprocess

from saproxy import clients
from saproxy.fake_cse import FakeCse, answer, read_head
from saproxy.http import HttpConnection
from saproxy.process import Saproxy
from saproxy.stage import PSKS, SERVER_NAME, DemoPki, psk_table, scratch_folder

CBC, GCM, PSK = "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", "PSK-AES128-CBC-SHA256"

# No deadline is near and the CSE is looked at once: what runs by the clock would not be the same twice.
CONFIG = """secrets_in_file = true
[cse]
id = "/cse1"
sp = "//sp.example.com"
address = "{cse}"
exposed_port = "ignore"
health_interval = "1h"
idle_timeout = "10m"
[[listener]]
name = "https"
address = "127.0.0.1:0"
frameworks = ["psk", "certificate"]
[listener.limits]
handshake_timeout = "1m"
idle_timeout = "1h"
[[certificate]]
name = "cse"
chain_file = "{pki}/server.crt"
key_file = "{pki}/server.key"
[trust]
anchors = ["{pki}/root.crt"]
crls = ["{pki}/all.crl"]
{psk}
[log]
level = "warning"
[server]
workers = 1
{egress}
"""

# Answers are then looked through for points of access; this one has none.
EGRESS = """[egress]
listen = "127.0.0.1:0"
certificate = "cse"
cse_points_of_access = ["{cse}"]
public_points_of_access = ["https://cse1.sp.example.com"]
"""

BODY = b'{"m2m:cin":{"rn":"4-20260101000000001","ty":4,"ri":"4-20260101000000001","pi":"3-20260101000000000","con":"' + b"x" * 148 + b'"}}'
ANSWER = answer(BODY)
REQUEST = (f"GET /cse-in/bench/la HTTP/1.1\r\nHost: {SERVER_NAME}\r\nX-M2M-Origin: Cdemo\r\nX-M2M-RI: r1000001\r\nX-M2M-RVI: 3\r\n"
           "Accept: application/json\r\n\r\n").encode()


@dataclasses.dataclass(frozen=True)
class Load:
    """What a run of saproxy has to do; the defaults warm everything up, and are what other runs are compared with."""

    get_cbc: int = 200
    get_gcm: int = 200
    handshake_certificate: int = 20
    handshake_psk: int = 20
    egress: bool = False  # is there one in the configuration?


def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest = b""
    while True:
        _, rest = read_head(connection)
        if rest:
            raise ValueError(f"more than a GET came: {rest[:100]!r}")
        connection.sendall(ANSWER)


def client_context(pki, suite):
    context = pki.context("ae-c", ciphers=suite)
    context.set_ecdh_curve("prime256v1")  # the curve of the oneM2M profile (TS-0003 10.2); Python would rather have X25519
    return context


def get(address, pki, suite, count):
    """`count` requests over one connection, each after the answer to the one before."""
    channel = clients.TlsChannel(address, client_context(pki, suite), seconds=60)
    with contextlib.closing(channel):
        connection = HttpConnection(channel)
        for _ in range(count):
            connection.send(REQUEST)
            got = connection.read(60)
            if (got.status, got.rsc, got.body) != (200, 2000, BODY):
                raise AssertionError(f"answered {got}")


def handshake_certificate(address, pki, count):
    context = client_context(pki, CBC)
    for _ in range(count):
        channel = clients.TlsChannel(address, context, seconds=60)
        if channel.socket.cipher()[0] != CBC or channel.socket.session_reused:
            raise AssertionError(f"not a full handshake with {CBC}")
        with contextlib.suppress(ssl.SSLError, OSError):
            channel.socket.unwrap().close()  # close_notify both ways, so that the next one begins after the end of this
        channel.close()


def handshake_psk(address, count):
    """Python 3.11 has no pre-shared keys."""
    identity, key, _ = PSKS["ae"]
    command = ["openssl", "s_client", "-connect", clients.join(address), "-tls1_2", "-servername", SERVER_NAME, "-psk_identity", identity,
               "-psk", key, "-cipher", f"{PSK}:@SECLEVEL=0"]
    for _ in range(count):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if f"Cipher is {PSK}" not in done.stdout or "Reused, " in done.stdout:
            raise AssertionError(f"no handshake: {done.stdout[-1000:]}{done.stderr[-1000:]}")


def run(load, wrapper):
    """Runs saproxy below `wrapper` with all of `load`, to its orderly end; returns (port of saproxy, port of the CSE)."""
    pki, folder = DemoPki.shared(), scratch_folder()
    with FakeCse(serve) as cse:
        proxy = Saproxy(folder / "saproxy.toml", folder / "ready", wrapper)
        egress = EGRESS.format(cse=cse.address) if load.egress else ""
        proxy.write_config(CONFIG.format(cse=cse.address, pki=pki.folder, psk=psk_table(*PSKS["ae"]), egress=egress))
        proxy.start()
        try:
            address = proxy.endpoint()
            handshake_certificate(address, pki, load.handshake_certificate)
            handshake_psk(address, load.handshake_psk)
            get(address, pki, GCM, load.get_gcm)
            get(address, pki, CBC, load.get_cbc)
        except BaseException:
            proxy.kill()
            raise
        proxy.stop(seconds=60)
        return address[1], cse.port
