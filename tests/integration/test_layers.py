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


def test_headers_form_no_circle():
    graph = {}
    for folder in ALLOWED:
        root = ROOT / folder.split("/")[0]
        for path in sources(folder):
            if path.suffix == ".h":
                graph[path] = [root / include for include in quoted_includes(path) if (root / include).exists()]

    done = set()

    def visit(path, trail):
        assert path not in trail, " -> ".join(str(one.relative_to(ROOT)) for one in (*trail, path))
        if path not in done:
            for other in graph.get(path, ()):
                visit(other, (*trail, path))
            done.add(path)

    assert graph
    for path in graph:
        visit(path, ())
