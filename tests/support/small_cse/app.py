"""Command line and life of the small CSE."""

import argparse
import asyncio
import gc
import os
import re
import signal

from .access import Access
from .addressing import CSE_ID, Identity
from .binding import Binding
from .control import Control
from .cse import Cse, base_attributes
from .notifier import Notifier
from .quirks import BY_NAME
from .recorder import Recorder
from .remote import Remotes
from .server import Server
from .tree import Tree

_COUNTERS = (
    "connections", "requests", "answers", "bad_requests", "crashes",
    "notifications_sent", "notifications_delivered", "notifications_failed", "notifications_dropped",
)  # fmt: skip


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(prog="small-cse", description="A small oneM2M CSE over HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one, -1 is the Unix socket only (0)")
    parser.add_argument("--unix", metavar="PATH", help="listen on this Unix socket too")
    parser.add_argument("--cse-id", default="/cse1", help="SP-relative CSE-ID (/cse1)")
    parser.add_argument("--name", default="cse-in", help="resource name of the CSEBase (cse-in)")
    parser.add_argument("--sp", default="//sp.example.com", help="M2M-SP-ID (//sp.example.com)")
    parser.add_argument("--admin", default="CAdmin", help="originator that may do everything (CAdmin)")
    parser.add_argument("--open-access", action="store_true", help="every originator may do everything")
    parser.add_argument("--poa", action="append", metavar="URL", help="point of access shown in the CSEBase")
    parser.add_argument("--record", metavar="DIR_OR_FILE", help="append each request, see recorder.py")
    parser.add_argument("--port-file", metavar="F", help="write the port here once listening")
    parser.add_argument("--control-port", type=int, metavar="N", help="on 127.0.0.1, see control.py")
    parser.add_argument("--control-port-file", metavar="F", help="write the control port here")
    parser.add_argument("--no-keep-alive", dest="keep_alive", action="store_false", help="close after each answer")
    parser.add_argument("--require-rvi", action="store_true", help="refuse requests without X-M2M-RVI")
    parser.add_argument("--no-verify", dest="verify", action="store_false", help="no verification of new subscriptions")
    parser.add_argument("--notify-timeout", type=float, default=3, metavar="S", help="for each notification and forwarded request (3)")
    parser.add_argument("--delay-ms", type=int, default=0, metavar="N", help="every answer waits so long")
    parser.add_argument("--max-body", type=int, default=4 << 20, metavar="BYTES", help="largest request body (4 MiB)")
    parser.add_argument("--quirks", choices=sorted(BY_NAME), default="none", help="imitate this CSE's habits")
    options = parser.parse_args(arguments)
    if not CSE_ID.fullmatch(options.cse_id):
        parser.error("--cse-id must look like /cse1")
    if not re.fullmatch(r"//[a-z0-9.\-]+", options.sp):
        parser.error("--sp must look like //sp.example.com")
    if options.port < 0 and not options.unix:
        parser.error("--port -1 needs --unix")
    return options


async def run(options):
    """Serves until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    quirks = BY_NAME[options.quirks]
    if not options.verify:
        quirks = type(quirks)(**{**vars(quirks), "verify_subscriptions": False})
    identity = Identity(options.cse_id, options.sp)
    counters = dict.fromkeys(_COUNTERS, 0)
    recorder = Recorder(options.record, keep=options.control_port is not None)
    poa = options.poa or []
    tree = Tree(options.name, base_attributes(identity, poa), options.admin)
    remotes = Remotes(identity, tree, quirks, options.notify_timeout)
    notifier = Notifier(identity, tree, remotes, quirks, counters, options.notify_timeout)
    cse = Cse(identity, tree, Access(tree, options.admin, options.open_access), notifier, remotes, quirks)
    server = Server(Binding(cse, quirks, options.require_rvi), recorder, quirks, counters, options)
    await _listen(options, server, poa, Control(server, recorder, counters, tree, remotes))
    sweep = asyncio.create_task(_sweep(cse))
    gc.freeze()
    await stop.wait()
    sweep.cancel()
    notifier.stop()
    server.refuse()
    if options.unix and os.path.exists(options.unix):
        os.unlink(options.unix)


def main():
    asyncio.run(run(parse_arguments()))


async def _listen(options, server, poa, control):
    """Opens the ports and says so: the oneM2M port first."""
    lines = []
    control_port = None
    if options.control_port is not None:
        control_port = await control.listen("127.0.0.1", options.control_port)
        lines.append(f"control on 127.0.0.1:{control_port}")
    if options.unix:
        await server.listen_unix(options.unix)
        lines.insert(0, f"listening on unix:{options.unix}")
    if options.port >= 0:
        port = await server.listen_tcp(options.host, options.port)
        host = f"[{options.host}]" if ":" in options.host else options.host
        lines.insert(0, f"listening on {host}:{port}")
        if not poa:
            poa.append(f"http://{host}:{port}")
    print("\n".join(lines), flush=True)
    if control_port is not None:
        _write_whole(options.control_port_file, control_port)
    if options.port >= 0:
        _write_whole(options.port_file, port)


def _write_whole(path, number):
    """A reader sees no file or the whole number."""
    if path:
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(f"{number}\n")
        os.replace(path + ".new", path)


async def _sweep(cse):
    while True:
        await asyncio.sleep(1)
        cse.expire()
