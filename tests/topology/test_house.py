"""The rules of the house, read off the source: imports run one way, names shadow nothing, packages are empty."""

import ast
import importlib.metadata
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
MODULES = sorted(SRC.rglob("*.py"))
# who may import whom: a part may import itself and what is named here
MAY_IMPORT = {
    "domain": (),
    "settings": ("domain",),
    "stores": ("domain", "settings"),
    "market": ("domain", "stores"),
    "serving": ("domain", "settings", "stores"),
    "multilang": (),
    "bolts": ("domain", "multilang", "settings", "stores"),
    "spouts": ("domain", "multilang", "settings", "stores"),
    "queries": ("domain", "settings", "stores"),
    "service": ("domain", "queries", "serving", "settings", "stores"),
    "topologies": ("bolts", "domain", "multilang", "settings", "spouts"),
}
IMPURE = {
    "os", "time", "socket", "subprocess", "threading", "random", "logging", "pathlib", "asyncio", "redis", "kafka",
    "confluent_kafka", "happybase", "thriftpy2", "py4j", "streamparse", "pystorm", "polars",
}  # fmt: skip


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively, line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(module: str) -> str | None:
    """Return the part of the house that a module is of: ``stores`` of ``dealstream.stores.hbase``."""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == "dealstream" and rest else None


def files_of(part: str) -> list[Path]:
    if part == "topologies":
        return sorted((ROOT / "topologies").glob("*.py"))
    found = SRC / "dealstream" / part
    return sorted(found.rglob("*.py")) if found.is_dir() else [found.with_suffix(".py")]


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_imports_run_one_way(part):
    files = files_of(part)
    assert files
    for path in files:
        others = {part_of(module) for module in imported(path)} - {None, part}
        assert others <= set(MAY_IMPORT[part]), name_of(path)


def test_nothing_below_imports_the_commands():
    """The commands are on top; what the cluster runs must not need the operator's libraries."""
    for part in MAY_IMPORT:
        for path in files_of(part):
            tops = {module.partition(".")[0] for module in imported(path)}
            assert not tops & {"typer", "rich", "tests", "cluster"}, name_of(path)
            assert "polars" not in tops or part in ("queries", "service"), name_of(path)


def test_only_the_service_knows_http():
    for path in MODULES:
        tops = {module.partition(".")[0] for module in imported(path)}
        within = {"service", "cli"} & set(path.parts)
        assert within or not tops & {"fastapi", "starlette", "pydantic", "uvicorn", "prometheus_client"}, name_of(path)
        assert within or "service" not in {part_of(module) for module in imported(path)}, name_of(path)


def test_the_domain_is_pure():
    for path in files_of("domain"):
        tops = {module.partition(".")[0] for module in imported(path)}
        assert not tops & IMPURE, name_of(path)
        assert "datetime.now" not in path.read_text(), name_of(path)


def test_what_the_workers_import_is_installed_there():
    """Only what virtualenvs/relevance.txt lists, and what that brings, is on a worker."""
    listed = {
        line.split("==")[0].strip().lower().replace("-", "_")
        for line in (ROOT / "virtualenvs" / "relevance.txt").read_text().splitlines()
        if line and not line.startswith("#")
    }
    distributions = importlib.metadata.packages_distributions()
    brought = {"pystorm": "streamparse", "Hbase_thrift": "happybase", "thriftpy2": "happybase"}
    reached, todo = set(), [path for part in ("bolts", "spouts", "topologies") for path in files_of(part)]
    while todo:
        path = todo.pop()
        for module in imported(path):
            top = module.partition(".")[0]
            if top == "dealstream":
                for candidate in (module, module.rpartition(".")[0]):
                    file = (SRC / candidate.replace(".", "/")).with_suffix(".py")
                    if file.exists() and file not in reached:
                        reached.add(file)
                        todo.append(file)
            elif top not in sys.stdlib_module_names:
                package = brought.get(top) or distributions[top][0]
                assert package.lower().replace("-", "_") in listed, f"{name_of(path)} imports {top}"
    assert len(reached) > 20


def test_nobody_imports_src():
    """The jar holds what is in src, not src."""
    for path in (*MODULES, *files_of("topologies")):
        assert "src" not in {module.partition(".")[0] for module in imported(path)}, name_of(path)


def test_only_commands_print():
    """A component's stdout is Storm's."""
    for path in MODULES:
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
        assert "print" not in names or "cli" in path.parts, name_of(path)


def test_no_top_level_name_shadows_a_library():
    """Workers append src to the path, pytest puts it first: a redis.py there would be two things."""
    own = {path.stem for path in SRC.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    own |= {path.stem for path in (ROOT / "topologies").glob("*.py")}
    libraries = {*sys.stdlib_module_names, *importlib.metadata.packages_distributions()} - {"dealstream"}
    assert "dealstream" in own
    assert not own & libraries


def test_a_package_is_its_docstring():
    packages = [path for path in MODULES if path.name == "__init__.py"]
    assert len(packages) > 5
    for path in packages:
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), name_of(path)
        assert len(tree.body) == 1, name_of(path)


@pytest.mark.parametrize("folder", ["spouts", "bolts"])
def test_components_are_in_plain_modules(folder):
    """`streamparse.run` looks for resources/<module>.py: a class in an __init__.py is not found on a worker."""
    from streamparse import Bolt, Spout

    found = []
    for path in files_of(folder):
        module = importlib.import_module(".".join(path.relative_to(SRC).with_suffix("").parts))
        found += [
            (path.name, kind.__name__)
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, Bolt | Spout) and kind.__module__ == module.__name__
        ]
    assert found
    assert "__init__.py" not in {file for file, _ in found}


def test_there_is_no_drawer():
    drawers = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
    for folder in (SRC, ROOT / "topologies", ROOT / "tests", ROOT / "cluster", ROOT / "harness", ROOT / "bench"):
        assert not [name_of(path) for path in folder.rglob("*.py") if path.name in drawers]


def test_files_are_short():
    for path in (*MODULES, *files_of("topologies")):
        assert len(path.read_text().splitlines()) <= 250, name_of(path)
