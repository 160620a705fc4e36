#!/usr/bin/env python3
"""Reads the include lines of identity/, policy/ and proxy/ and fails on an arrow that is not in the table.

System headers are visible to every target, so the linker alone does not keep the layers (proxy -> policy -> identity).
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A layer may include itself and the layers named here. A layer is the longest of these that begins the path.
INSIDE_PROXY = ["proxy/session", "proxy/binding", "proxy/registry"]
ABOVE_BINDING = ["proxy/association", "proxy/upstream", "proxy/client"]
ABOVE_UPSTREAM = ["proxy/registration"]
ENDS = ["proxy/egress", "proxy/admin"]  # the egress counts and logs, as workers do
PURE = ["policy", "identity"]
ALLOWED = {
    "identity": [],
    "policy": ["identity"],
    "proxy/loop": PURE,
    **{layer: ["proxy/loop"] + PURE for layer in INSIDE_PROXY},
    **{layer: ["proxy/loop"] + INSIDE_PROXY + PURE for layer in ABOVE_BINDING},
    **{layer: ["proxy/loop"] + INSIDE_PROXY + ABOVE_BINDING + PURE for layer in ABOVE_UPSTREAM},
    **{layer: ["proxy/loop"] + INSIDE_PROXY + ABOVE_BINDING + ABOVE_UPSTREAM + PURE for layer in ENDS},
    "proxy/egress": ["proxy/loop", "proxy/admin"] + INSIDE_PROXY + ABOVE_BINDING + ABOVE_UPSTREAM + PURE,
    "proxy": ["proxy/loop"] + INSIDE_PROXY + ABOVE_BINDING + ABOVE_UPSTREAM + ENDS + PURE,
}

# No loop, socket, file, thread, clock, logger, metric, HTTP parser or TLS session in the pure folders.
FORBIDDEN_HEADERS = re.compile(
    r"^(uv\.h|uv/.*|wolfssl/.*|openssl/.*|llhttp\.h|yyjson\.h|pugixml\.hpp|cbor\.h|sys/.*|netinet/.*"
    r"|arpa/.*|netdb\.h|fcntl\.h|unistd\.h|poll\.h|dirent\.h"
    r"|time\.h|sys/time\.h|ctime|fstream|filesystem|thread|mutex|condition_variable|future|iostream|cstdio|stdio\.h"
    r"|prometheus/.*|spdlog/.*|CLI/.*)$")
FORBIDDEN_CALLS = re.compile(
    r"\b(\w+_clock::now|clock_gettime|gettimeofday|std::time|time\s*\(\s*(nullptr|NULL|0)\s*\)|fopen|getenv|getrandom)\b")
# header pattern -> the only files of the pure folders that may include it
EXCEPTIONS = {
    r"^wolfssl/(options\.h|wolfcrypt/.*)$": ["identity/digest.cc"],
    r"^yyjson\.h$": ["policy/content_json.cc", "policy/content_rewriting_json.cc", "policy/rule_content.cc"],
    r"^pugixml\.hpp$": ["policy/content_xml.cc", "policy/content_rewriting_xml.cc", "policy/xml_element.h"],
    r"^cbor\.h$": ["policy/content_cbor.cc", "policy/content_rewriting_cbor.cc"],
}

# Generated constants that depend on nothing; all of proxy/ may read them.
CONSTANTS = {"proxy/build_info.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
COMMENT = re.compile(r"//.*$")


def layer_of(path):
    """The layer that a path from the root belongs to, None for anything else."""
    fits = [layer for layer in ALLOWED if path.startswith(layer + "/")]
    return max(fits, key=len) if fits else None


def sources():
    for folder in ("identity", "policy", "proxy"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path


def is_excepted(header, name):
    return any(re.match(pattern, header) and name in files for pattern, files in EXCEPTIONS.items())


def judge_include(name, layer, quote, header):
    """The reason why this include is wrong, or None."""
    target = layer_of(header)
    if layer in PURE and FORBIDDEN_HEADERS.match(header) and not is_excepted(header, name):
        return f"{header} does not belong into {layer}/"
    if target is None:
        return "an include with quotes names a path from the root" if quote == '"' else None
    if header in CONSTANTS and layer.startswith("proxy"):
        return None
    if target != layer and target not in ALLOWED[layer]:
        return f"{layer} may not include {target} ({header})"
    if quote == "<":
        return f"{header} is ours: include it with quotes"
    return None


def judge_file(name, text):
    layer = layer_of(name)
    if layer is None:
        return []
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        reason = None
        if include:
            reason = judge_include(name, layer, include.group(1), include.group(2))
        elif layer in PURE:
            call = FORBIDDEN_CALLS.search(COMMENT.sub("", line))
            reason = f"{call.group(0)}: time and input are passed in" if call else None
        if reason:
            found.append(f"{name}:{number}: {reason}")
    return found


# (file, line, is it refused)
SELF_TEST = [
    ("identity/a.cc", '#include "policy/gate.h"', True),
    ("identity/a.cc", '#include "identity/b.h"', False),
    ("identity/a.cc", "#include <wolfssl/wolfcrypt/sha256.h>", True),
    ("identity/digest.cc", "#include <wolfssl/wolfcrypt/sha256.h>", False),
    ("identity/digest.cc", "#include <wolfssl/ssl.h>", True),
    ("identity/a.cc", "auto t = std::chrono::system_clock::now();", True),
    ("identity/a.cc", "// system_clock::now() is not called here", False),
    ("policy/a.cc", "#include <uv.h>", True),
    ("policy/a.cc", "#include <sys/socket.h>", True),
    ("policy/a.cc", "#include <chrono>", False),
    ("policy/a.cc", "#include <yyjson.h>", True),
    ("policy/content_json.cc", "#include <yyjson.h>", False),
    ("policy/content_json.cc", "#include <cbor.h>", True),
    ("policy/a.h", '#include "proxy/app.h"', True),
    ("policy/a.h", '#include "identity/result.h"', False),
    ("proxy/loop/a.cc", '#include "proxy/session/b.h"', True),
    ("proxy/loop/a.cc", "#include <uv.h>", False),
    ("proxy/session/a.cc", '#include "proxy/loop/b.h"', False),
    ("proxy/session/a.cc", '#include "proxy/upstream/b.h"', True),
    ("proxy/binding/http/a.cc", '#include "proxy/admin/b.h"', True),
    ("proxy/upstream/a.cc", '#include "proxy/binding/http/b.h"', False),
    ("proxy/admin/a.cc", '#include "proxy/worker.h"', True),
    ("proxy/worker.cc", '#include "proxy/admin/b.h"', False),
    ("proxy/admin/a.cc", '#include "proxy/build_info.h"', False),
    ("policy/a.cc", '#include "proxy/build_info.h"', True),
    ("proxy/worker.cc", '#include "worker.h"', True),
]


def main():
    broken = [row for row in SELF_TEST if bool(judge_file(row[0], row[1])) != row[2]]
    for name, line, refused in broken:
        print(f"self-test: {name}: {line}: expected {'refused' if refused else 'allowed'}")
    files = list(sources())
    found = [reason for path in files
             for reason in judge_file(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))]
    print("\n".join(found))
    print(f"layering: {len(files)} files, {len(found)} wrong arrows")
    return 1 if found or broken else 0


if __name__ == "__main__":
    sys.exit(main())
