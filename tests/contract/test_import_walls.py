"""Walls between folders that an import-linter contract cannot say (architecture.md section 3)."""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("launch", "context", "views", "adapters", "audit", "app", "migrations", "console")
OUTSIDE = ("sandbox", "bench", "tests")
MODULE_LINES, TEST_LINES = 300, 500
VAGUE = frozenset({"utils", "util", "helpers", "helper", "common", "misc", "shared"})


@dataclass(frozen=True)
class Module:
    """One source file. :param name: dotted, as imported."""

    name: str
    source: str

    @property
    def folder(self) -> str:
        return self.name.partition(".")[0]

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    def imports(self) -> Iterator[str]:
        """Every imported module and every name imported from one, dotted and absolute."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                package = self.name.rsplit(".", node.level)[0] if node.level else ""
                base = ".".join(part for part in (package, node.module) if part)
                yield base
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def reaches(self, *targets: str) -> list[str]:
        """The imports that are one of the targets or lie below it."""
        return [
            name
            for name in self.imports()
            if any(name == target or name.startswith(f"{target}.") for target in targets)
        ]

    def dotted(self) -> Iterator[str]:
        """Every dotted name that is used, as written."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                yield ast.unparse(node)

    def calls(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func)


def modules(*folders: str) -> Iterator[Module]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield Module(name, path.read_text(encoding="utf-8"))


def is_store(module: Module) -> bool:
    return module.name.endswith(".store")


def the_domain_is_pure(module: Module) -> list[str]:
    """``context`` imports the standard library and itself; only its store knows SQLAlchemy."""
    if module.folder != "context":
        return []
    known = {*sys.stdlib_module_names, "context", *(("sqlalchemy",) if is_store(module) else ())}
    return [name for name in module.imports() if name.partition(".")[0] not in known]


def the_trail_stands_alone(module: Module) -> list[str]:
    """``audit`` imports the standard library, SQLAlchemy and itself."""
    known = {*sys.stdlib_module_names, "audit", "sqlalchemy"}
    return [
        name for name in module.imports() if module.folder == "audit" and name.partition(".")[0] not in known
    ]


def only_stores_know_sql(module: Module) -> list[str]:
    """Stores, engine, writer and migrations; jobs elsewhere may name the Connection that they pass on."""
    if is_store(module) or module.folder == "migrations" or module.name in ("app.engine", "app.writer"):
        return []
    passed_on = {"sqlalchemy", "sqlalchemy.Connection"} if module.folder in ("app", "audit") else set()
    return [name for name in module.reaches("sqlalchemy") if name not in passed_on]


def only_app_opens_the_store_of_contexts(module: Module) -> list[str]:
    return [] if module.folder in ("app", "tests") else module.reaches("context.store")


def only_settings_reads_the_environment(module: Module) -> list[str]:
    if module.name == "app.settings":
        return []
    named = [name for name in module.dotted() if name.startswith(("os.environ", "os.getenv"))]
    return named + module.reaches("os.environ", "os.getenv")


def only_the_clock_reads_the_time(module: Module) -> list[str]:
    if module.name == "app.clock":
        return []
    readers = (".now", ".utcnow", ".today")
    read = [
        name for name in module.calls() if name.startswith(("datetime", "date.")) and name.endswith(readers)
    ]
    return read + module.reaches("time")


def one_xml_parser(module: Module) -> list[str]:
    """XML is parsed by ``adapters.xml`` only: entities, DTD and network off."""
    if module.name == "adapters.xml":
        return []
    parsers = ("fromstring", "XML", "parse", "iterparse", "XMLParser", "HTML")
    lxml = {f"etree.{name}" for name in parsers} | {f"lxml.etree.{name}" for name in parsers}
    other = module.reaches("xml", "lxml.html", "lxml.objectify", "defusedxml", "bs4")
    return [name for name in module.calls() if name in lxml] + other


def few_doors_to_the_xml_parser(module: Module) -> list[str]:
    opened = module.name.startswith(("adapters.", "app.")) and not module.name.startswith("adapters.his")
    if opened or module.name in ("launch.saml_token", "launch.saml_shape"):
        return []
    return module.reaches("adapters.xml")


def views_see_no_wire(module: Module) -> list[str]:
    wires = ("lxml", "zeep", "sqlalchemy", "aiohttp", "adapters", "launch", "audit", "app")
    return module.reaches(*wires) if module.folder == "views" else []


def one_maker_of_verified_launches(module: Module) -> list[str]:
    """``app.sealed`` restores one from its own authenticated ciphertext, without naming the constructor."""
    if module.name == "launch.verify":
        return []
    return [name for name in module.calls() if name.rpartition(".")[2] == "VerifiedLaunch"]


RULES: dict[Callable[[Module], list[str]], tuple[Module, ...]] = {
    the_domain_is_pure: (
        Module("context.bsn", "import attrs"),
        Module("context.bsn", "from sqlalchemy import select"),
        Module("context.store", "from launch.claims import LaunchClaims"),
    ),
    the_trail_stands_alone: (
        Module("audit.record", "from context.bsn import Bsn"),
        Module("audit.record", "def f():\n    import cryptography"),
    ),
    only_stores_know_sql: (
        Module("app.sessions", "from sqlalchemy import Connection, select"),
        Module("launch.door", "from sqlalchemy import Connection"),
        Module("app.sessions", "import sqlalchemy.exc"),
    ),
    only_app_opens_the_store_of_contexts: (
        Module("context.service", "from context.store import find_context"),
        Module("context.service", "from context import store"),
        Module("context.service", "from . import store"),
    ),
    only_settings_reads_the_environment: (
        Module("app.cli", "import os\nx = os.environ['A']"),
        Module("app.cli", "from os import environ"),
        Module("app.cli", "from os import getenv"),
        Module("app.cli", "import os\nx = os.getenv('A')"),
    ),
    only_the_clock_reads_the_time: (
        Module("launch.verify", "from datetime import datetime, UTC\nx = datetime.now(UTC)"),
        Module("launch.verify", "import datetime\nx = datetime.date.today()"),
        Module("launch.verify", "from time import monotonic"),
    ),
    one_xml_parser: (
        Module("adapters.zis.soap", "from lxml import etree\nx = etree.fromstring(b'')"),
        Module("adapters.zis.soap", "import xml.etree.ElementTree"),
        Module("launch.saml_token", "import lxml.etree\nx = lxml.etree.XMLParser()"),
    ),
    few_doors_to_the_xml_parser: (
        Module("launch.verify", "from adapters.xml import parse_xml"),
        Module("adapters.his.viplive", "import adapters.xml"),
    ),
    views_see_no_wire: (
        Module("views.routes", "from lxml import etree"),
        Module("views.routes", "def f():\n    import zeep"),
    ),
    one_maker_of_verified_launches: (
        Module("launch.door", "x = VerifiedLaunch()"),
        Module("app.sessions", "import context.launch\nx = context.launch.VerifiedLaunch()"),
    ),
}

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


@each_rule
def test_product_keeps_the_wall(rule: Callable[[Module], list[str]]) -> None:
    found = {module.name: broken for module in modules(*PRODUCT) if (broken := rule(module))}
    assert found == {}


@each_rule
def test_each_breach_of_the_wall_is_seen(rule: Callable[[Module], list[str]]) -> None:
    for breach in RULES[rule]:
        assert rule(breach), breach.source


def test_modules_stay_short() -> None:
    def limit(module: Module) -> int:
        return TEST_LINES if module.folder == "tests" else MODULE_LINES

    long = {
        module.name: module.source.count("\n")
        for module in modules(*PRODUCT, *OUTSIDE)
        if module.source.count("\n") > limit(module)
    }
    assert long == {}


def test_no_module_hides_behind_a_vague_name() -> None:
    names = {module.name for module in modules(*PRODUCT, *OUTSIDE)}
    assert not {name for name in names if VAGUE & set(name.split("."))}


def test_every_package_is_installed() -> None:
    """Packages are listed by hand in setup.cfg; one that is forgotten would be missing after install."""
    listed = set((ROOT / "setup.cfg").read_text(encoding="utf-8").split())
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for folder in (*PRODUCT, "sandbox")
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert packages <= listed
