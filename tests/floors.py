#!/usr/bin/env python3
"""Keeps the floors of the crates: a file imports from its own floor or from lower ones, and
no imports go in a circle.

    ./tests/floors.py [DATA]

DATA (``tests/floors.txt`` if it is not given) lists the crates and their floors, and says how it
is written. The rules:

1. Every file of a listed crate stands on exactly one floor.
2. A file imports from lower floors, or from its own; there are no circles.
3. A name is imported from the file that defines it: ``lib.rs`` and ``main.rs`` stand on top, so
   that an import through them goes up, and no other file exports the names of a second one.
4. A listed crate depends only on crates that are listed before it, or that are not listed.

What counts is every path that begins with ``crate::``, ``self::``, ``super::`` or a child module's
name, in a ``use`` or anywhere else, outside comments, strings, and items under ``#[cfg(test)]``.
Before it looks at the crates the program checks crates of a few lines, in which it has to find one
fault of each kind.
"""

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOT_FILES = ("lib", "main")

TOKEN = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | b?r(?P<hashes>\#*)".*?"(?P=hashes)
      | b?"(?:\\.|[^"\\])*"
      | b?'(?:\\[^\n']+|[^'\\\n])'
    """,
    re.VERBOSE | re.DOTALL,
)
PATH = re.compile(r"(?<![\w:$])(?:r#)?[A-Za-z_]\w*(?:\s*::\s*(?:r#)?[A-Za-z_]\w*)*(\s*::\s*[{*])?")
USE = re.compile(r"(?m)^[ \t]*(pub(?:\([^)]*\))?[ \t]+)?use[ \t]+([^;]+);")
MODULE = re.compile(r"(?m)^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?mod[ \t]+(\w+)[ \t]*;")


class Fault(Exception):
    """What is wrong with the data file itself."""


def blank(text):
    """As many spaces and lines as the text has."""
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """The text without comments and literals, every line where it was."""
    return TOKEN.sub(lambda match: blank(match.group()), text)


def without_tests(text):
    """The text without the items under ``#[cfg(test)]``, every line where it was."""
    while match := re.search(r"#\[cfg\(test\)\]", text):
        end = match.end()
        depth = 0
        while end < len(text):
            character = text[end]
            end += 1
            if character in "{([":
                depth += 1
            elif character in "})]":
                depth -= 1
                if depth == 0 and character == "}":
                    break
            elif character == ";" and depth == 0:
                break
        text = text[: match.start()] + blank(text[match.start() : end]) + text[end:]
    return text


def leaves(tree):
    """The paths of a ``use`` tree, each a list of names; aliases are left out."""
    tree = tree.strip()
    opening = tree.find("{")
    if opening < 0:
        tree = re.sub(r"\s+as\s+\w+$", "", tree)
        return [[name.strip() for name in tree.split("::") if name.strip()]]
    prefix = [name.strip() for name in tree[:opening].split("::") if name.strip()]
    depth, begin, parts = 0, opening + 1, []
    for position in range(opening, len(tree)):
        character = tree[position]
        if character == "{":
            depth += 1
        if character == "}":
            depth -= 1
        if (character == "," and depth == 1) or depth == 0:
            parts.append(tree[begin:position])
            begin = position + 1
        if depth == 0:
            break
    return [prefix + leaf for part in parts if part.strip() for leaf in leaves(part)]


class Crate:
    """The files of a crate and the arrows between them."""

    def __init__(self, source):
        self.files = {}
        for path in sorted(source.rglob("*.rs")):
            module = path.relative_to(source).with_suffix("")
            name = str(module.parent) if module.name == "mod" else str(module)
            self.files[name] = path
        self.root = next((name for name in ROOT_FILES if name in self.files), None)
        self.texts, self.children, tests = {}, {}, []
        for name, path in self.files.items():
            plain = without_comments(path.read_text(encoding="utf-8"))
            self.texts[name] = without_tests(plain)
            self.children[name] = set(MODULE.findall(self.texts[name]))
            inner = set(MODULE.findall(plain)) - self.children[name]
            tests += [self.child(name, module) for module in inner]
        # Modules that only tests have are no part of the building.
        for test in tests:
            for name in [it for it in self.files if it == test or it.startswith(f"{test}/")]:
                del self.files[name], self.texts[name], self.children[name]

    def child(self, parent, module):
        return module if parent in ROOT_FILES else f"{parent}/{module}"

    def parent(self, name):
        return name.rpartition("/")[0] or self.root

    def resolve(self, name, path):
        """The file in which a path ends that is written in the file of this name."""
        first, rest = path[0], path[1:]
        if first == "crate":
            at = self.root
        elif first == "self":
            at = name
        elif first == "super":
            at = self.parent(name)
            while rest and rest[0] == "super":
                at, rest = self.parent(at), rest[1:]
        elif first in self.children[name] and self.child(name, first) in self.files:
            at, rest = name, path
        else:
            return None
        for module in rest:
            below = self.child(at, module)
            if module not in self.children.get(at, ()) or below not in self.files:
                break
            at = below
        return at

    def arrows(self):
        """Every import as (from, to, line), and every re-export that is not in the root."""
        arrows, exports = [], []
        for name, text in self.texts.items():
            found = []
            for match in USE.finditer(text):
                for path in leaves(match.group(2)):
                    found.append((path, match.start(2), match.group(1)))
            rest = USE.sub(lambda match: blank(match.group()), text)
            rest = MODULE.sub(lambda match: blank(match.group()), rest)
            for match in PATH.finditer(rest):
                path = re.sub(r"\s|r#", "", match.group()).rstrip(":{*").split("::")
                if len(path) > 1:
                    found.append((path, match.start(), None))
            for path, position, exported in found:
                to = self.resolve(name, path)
                if to is None or to == name:
                    continue
                line = text.count("\n", 0, position) + 1
                arrows.append((name, to, line))
                if exported and name != self.root:
                    exports.append((name, to, line))
        return arrows, exports


def circle(arrows):
    """The arrows of one circle, if there is one."""
    outgoing = {}
    for arrow in arrows:
        outgoing.setdefault(arrow[0], []).append(arrow)
    finished = set()

    def search(name, way):
        if name in finished:
            return None
        names = [arrow[0] for arrow in way]
        if name in names:
            return way[names.index(name) :]
        for arrow in outgoing.get(name, ()):
            if found := search(arrow[1], [*way, arrow]):
                return found
        finished.add(name)
        return None

    for name in list(outgoing):
        if found := search(name, []):
            return found
    return None


def read(data):
    """The crates of a data file, as (name, folder, floors from top to bottom)."""
    crates = []
    for number, line in enumerate(data.read_text(encoding="utf-8").splitlines(), 1):
        line = line.partition("#")[0].rstrip()
        if not line:
            continue
        if not line[0].isspace():
            name, _, folder = line.partition(" ")
            crates.append((name, folder.strip(), []))
        elif crates:
            crates[-1][2].append([name.strip() for name in line.split(",")])
        else:
            raise Fault(f"{data}:{number}: a floor before the first crate")
    return crates


def floors_of(crate, floors):
    """The height of every file. An entry stands for a file and for the files below it in the
    folders that no entry of their own has."""
    entries = {}
    for height, floor in enumerate(reversed(floors)):
        for entry in floor:
            if entry in entries:
                raise Fault(f"'{entry}' is on two floors")
            entries[entry] = height
    heights = {}
    used = set()
    for name in crate.files:
        entry = name
        while entry and entry not in entries:
            entry = entry.rpartition("/")[0]
        if entry:
            heights[name] = entries[entry]
            used.add(entry)
    if missing := set(entries) - used:
        raise Fault(f"no file is '{sorted(missing)[0]}'")
    return heights


def dependencies(manifest):
    """The crates that a manifest names under ``[dependencies]``."""
    text = manifest.read_text(encoding="utf-8")
    section = re.search(r"(?ms)^\[dependencies\]$(.*?)(?=^\[|\Z)", text)
    return re.findall(r"(?m)^([\w-]+)", section.group(1)) if section else []


def check(data, root):
    """All faults of the crates of a data file, each a line."""
    faults = []
    crates = read(data)
    for number, (name, folder, floors) in enumerate(crates):
        package = root / folder
        crate = Crate(package / "src")
        try:
            heights = floors_of(crate, floors)
        except Fault as fault:
            faults.append(f"{data.name}: {name}: {fault}")
            continue

        def place(file, line, crate=crate):
            return f"{crate.files[file].relative_to(root)}:{line}"

        for file in crate.files:
            if file not in heights:
                faults.append(f"{place(file, 1)}: stands on no floor of {name} in {data.name}")
        arrows, exports = crate.arrows()
        for start, end, line in arrows:
            if heights.get(start, 0) < heights.get(end, 0):
                up = f"imports from {crate.files[end].relative_to(root)}, which is above it"
                faults.append(f"{place(start, line)}: {up}")
        for start, end, line in exports:
            target = crate.files[end].relative_to(root)
            faults.append(f"{place(start, line)}: exports what {target} defines")
        if found := circle(arrows):
            way = ", ".join(f"{place(start, line)} -> {end}" for start, end, line in found)
            faults.append(f"{name}: imports in a circle: {way}")
        later = {other for other, _, _ in crates[number + 1 :]}
        for dependency in dependencies(package / "Cargo.toml"):
            if dependency in later:
                faults.append(f"{folder}/Cargo.toml: {name} is below {dependency}")
    return list(dict.fromkeys(faults))


# Crates of a few lines: their files, and a part of each fault that is to be found.
BOTTOM = "pub struct Bottom;\n"
TOP = "use crate::bottom::Bottom;\npub struct Top(Bottom);\n"
EXAMPLES = [
    ("clean", {"lib": "mod bottom; mod top;\npub use top::Top;\n", "bottom": BOTTOM, "top": TOP}, []),
    (
        "up",
        {"bottom": BOTTOM + "fn f() {\n    let _ = crate::top::Top;\n}\n", "top": BOTTOM},
        ["src/bottom.rs:3: imports from up/src/top.rs, which is above it"],
    ),
    (
        "circle",
        {"bottom": "mod a;\nmod b;\n", "bottom/a": "use super::b::B;\n", "bottom/b": "use super::a::A;\n"},
        ["imports in a circle: circle/src/bottom/a.rs:1 -> bottom/b"],
    ),
    (
        "root",
        {"top": "//! `use crate::Nothing;`\nuse crate::{Name,\n  bottom::{self, Bottom}};\n"},
        ["src/top.rs:2: imports from root/src/lib.rs, which is above it"],
    ),
    (
        "export",
        {"top": "pub(crate) use crate::bottom::Bottom;\n"},
        ["src/top.rs:1: exports what export/src/bottom.rs defines"],
    ),
    ("lost", {"other": BOTTOM}, ["src/other.rs:1: stands on no floor"]),
    (
        "tests",
        {
            "bottom": 'const A: char = \'"\';\n#[cfg(test)]\nmod tests {\n    use crate::top::Top;\n}\n',
            "top": "fn f<'a>(x: &'a str) { g(\"crate::Name\") } // crate::Name\n",
        },
        [],
    ),
]


def check_examples():
    """What this program overlooks or sees without reason in the crates of a few lines."""
    faults = []
    for name, files, expected in EXAMPLES:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            modules = "mod bottom;\nmod top;\nmod other;\n"
            for file, text in {"lib": modules, "bottom": BOTTOM, "top": TOP, **files}.items():
                path = root / name / "src" / f"{file}.rs"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            (root / name / "Cargo.toml").write_text("[dependencies]\n", encoding="utf-8")
            data = root / "floors.txt"
            data.write_text(f"{name} {name}\n  lib\n  top\n  bottom\n", encoding="utf-8")
            found = check(data, root)
        missed = [part for part in expected if not any(part in fault for fault in found)]
        if missed or len(found) != len(expected):
            faults.append(f"in the example '{name}' {found} is found instead of {expected}")
    return faults


def main():
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "tests" / "floors.txt"
    faults = check_examples() + check(data, ROOT)
    for fault in faults:
        print(fault)
    if faults:
        sys.exit(1)
    print(f"{len(read(data))} crates keep their floors.")


if __name__ == "__main__":
    main()
