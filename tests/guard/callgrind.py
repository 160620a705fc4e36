"""Reads what callgrind writes: what each function costs itself, and who calls an allocator how often.

The format is that of the Valgrind manual, "Callgrind Format Specification"; dumps are made with OPTIONS.
"""
import collections
import re

ALLOCATORS = ("malloc", "calloc", "realloc", "reallocarray", "memalign", "aligned_alloc", "posix_memalign", "valloc", "operator new")
# Frames of C++ that are kept above an allocator: deep enough to leave the standard library behind.
DEPTH = 8
OPTIONS = ["--tool=callgrind", "--dump-line=no", "--compress-pos=no", *(f"--separate-callers{DEPTH}={name}*" for name in ALLOCATORS)]

_NAME = re.compile(r"(c?(?:ob|fl|fi|fe|fn))=(?:\((\d+)\) ?)?(.*)")
_SHORTER = [
    ("std::__cxx11::", "std::"), (", std::char_traits<char>", ""), (", 18446744073709551615ul>", ">"),
    ("std::basic_string<char, std::allocator<char> >", "std::string"), ("std::basic_string_view<char >", "std::string_view"),
]
_TABLES = {"ob": "ob", "cob": "ob", "fn": "fn", "cfn": "fn"}  # all others name files


class Profile:
    """`total`: instructions; `self_cost`: {function: instructions}; `calls`: {called function with its callers: times}."""

    def __init__(self, text):
        self.self_cost = collections.Counter()
        self.calls = collections.Counter()
        names = collections.defaultdict(dict)
        function = called = None
        inclusive = False
        for line in text.splitlines():
            if match := _NAME.match(line):
                key, number, name = match.groups()
                table = names[_TABLES.get(key, "file")]
                if number is not None:
                    name = table.setdefault(number, name)
                if key == "fn":
                    function = name
                elif key == "cfn":
                    called = name
            elif line.startswith("calls="):
                self.calls[called] += int(line[6:].split()[0])
                inclusive = True  # the next line is what the called function cost with all below it
            elif line[:1].isdigit():
                if not inclusive:
                    self.self_cost[frames(function)[0]] += int(line.split()[1])
                inclusive = False
        self.total = sum(self.self_cost.values())

    def allocations(self):
        """{(owner, caller): times}. An operator new counts once, not also as the malloc inside."""
        found = collections.Counter()
        for called, times in self.calls.items():
            name, *callers = frames(called)
            if allocator(name) and not (callers and allocator(callers[0])):
                found[owner(callers)] += times
        return found


def frames(name):
    """A function and its callers, innermost first; without numbers of recursion and what makes names of C++ long."""
    for long, short in _SHORTER:
        name = name.replace(long, short)
    return [part.split("@")[0] for part in name.split("'") if not part.isdigit()]


def allocator(name):
    plain = name.removeprefix("__libc_").removeprefix("__GI_").removeprefix("__")
    return plain in ALLOCATORS or name.startswith(("operator new(", "operator new[]("))


def owner(callers):
    """("saproxy" or "library", function) that an allocation is put down to.

    C++ libraries allocate on behalf of who uses them (std::string, fmt); C libraries do for themselves (wolfSSL, libuv).
    Who cannot be found is taken for ours.
    """
    for depth, caller in enumerate(callers):
        if "saproxy" in caller or caller.startswith("__wrap_"):
            return "saproxy", caller
        if "(" not in caller and "::" not in caller and not allocator(caller):
            return "library", " < ".join(callers[depth:depth + 3])
    return "saproxy", callers[-1] if callers else "unknown"
