"""Who may include whom: the arrows of docs/architecture.md, read from the code."""
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# folder -> the folders whose headers it may include, beside its own and the system's
ALLOWED = {
    "client-lib/base": set(),
    "client-lib/ring": {"base"},
    "client-lib/wire": {"base"},
    "client-lib/api": {"base", "ring", "wire"},
    "client-lib/python": set(),
    "broker/keeper": {"base"},
    "broker/config": {"base"},
    "broker/registry": {"base", "ring", "config"},
    "broker/loop": {"base"},
    "broker/json": {"base"},
    "broker/memory": {"base", "ring", "config", "loop"},
    "broker/clients": {"base", "wire", "config", "loop", "json", "memory", "registry"},
    "broker/streams": {"base", "ring", "wire", "config", "loop", "memory", "registry", "clients"},
    "broker/ledger": {"base", "ring", "wire", "config", "loop", "json", "memory", "registry", "clients", "streams"},
    "broker/control": {"base", "ring", "wire", "config", "loop", "json", "memory", "registry", "clients", "streams", "ledger"},
    "broker/core": {"base", "wire", "config", "loop", "json", "memory", "clients", "control", "keeper"},
    "broker/media": {"base", "api", "config"},
    "broker/clip": {"base", "api", "media"},
    "broker/worker": {"base", "api", "media"},
    "broker/source": {"base", "api", "config", "media", "worker"},
    "broker/sink": {"base", "api", "config", "media", "worker"},
    "tools": {"base"},
}


def quoted_includes(path: Path):
    for line in path.read_text().splitlines():
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if match:
            yield match.group(1)


def sources(folder: str):
    return [path for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".c", ".h")]


def test_every_folder_with_code_has_a_row():
    for top in ("client-lib", "broker"):
        for path in sorted((ROOT / top).rglob("*.c")):
            folder = "/".join(path.relative_to(ROOT).parts[:2])
            assert folder in ALLOWED, f"{path} lies in a folder that the architecture does not name"


def test_includes_point_downward():
    wrong = []
    for folder, allowed in ALLOWED.items():
        own = folder.split("/")[-1]
        for path in sources(folder):
            for include in quoted_includes(path):
                layer = include.split("/")[0] if "/" in include else own
                if layer not in allowed | {own} and not (path.parent / include).exists():
                    wrong.append(f"{path.relative_to(ROOT)} includes {include}")
    assert not wrong, "\n".join(wrong)


def find_file(path: Path, include: str):
    """The file of ours that an include means; None: it is not ours."""
    for folder in (path.parent, ROOT / "client-lib", ROOT / "broker", ROOT / "tools"):
        if (folder / include).exists():
            return (folder / include).resolve()
    return None


def assert_no_circle(graph):
    done = set()

    def visit(node, trail):
        assert node not in trail, " -> ".join(str(one) for one in (*trail, node))
        if node not in done:
            for other in sorted(graph.get(node, ())):
                visit(other, (*trail, node))
            done.add(node)

    assert graph
    for node in sorted(graph):
        visit(node, ())


def all_includes():
    for folder in ALLOWED:
        for path in sources(folder):
            for include in quoted_includes(path):
                found = find_file(path, include)
                if found:
                    yield path, found


def test_headers_form_no_circle():
    graph = {}
    for path, included in all_includes():
        if path.suffix == ".h":
            graph.setdefault(path.relative_to(ROOT), set()).add(included.relative_to(ROOT))
    assert_no_circle(graph)


# Several files that are one thing behind an inner header: what each does for the others stands there.
ONE_THING = {
    "client-lib/ring/writer": ("claim", "packets"),
    "client-lib/ring/reader": ("hold", "copy", "wait", "group"),
    "client-lib/api/link": ("locked",),
}


def thing_of(path: Path):
    """What a .c and its .h are together: each is below those that include it."""
    name = path.relative_to(ROOT).with_suffix("")
    for first, others in ONE_THING.items():
        if name.parent == Path(first).parent and name.name in others:
            return Path(first)
    return name


def test_files_form_no_circle():
    graph = {}
    for path, included in all_includes():
        a, b = thing_of(path), thing_of(included)
        if a != b:
            graph.setdefault(a, set()).add(b)
    assert_no_circle(graph)


def test_no_file_is_long():
    long = []
    for top in ("include", "client-lib", "broker", "tools", "tests", "examples"):
        for path in (ROOT / top).rglob("*"):
            if path.suffix in (".c", ".h", ".py") and len(path.read_text().splitlines()) > 450:
                long.append(f"{path.relative_to(ROOT)} has more than 450 lines: it does more than one thing")
    assert not long, "\n".join(long)
