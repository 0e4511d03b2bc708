"""Random sessions against a model of what Rust means by them.

    python tests/fuzz_cells.py --prefix DIR [--seconds 600] [--seed 0]

Cells define types, define them anew, bind, change and read variables, fail, panic, die
and are undone. A model keeps what every variable is: after each cell everything that is
there is read and compared. Ends with an error at the first wrong value, at a variable
that is gone without a reason or there without one, and at a cell that fails although it
should not; says then which cells of which seed led there.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parent / "e2e"))

from kernel_session import CellResult, KernelSession  # noqa: E402

UNDO_AT_MOST = 5
# A kernel is new after so many cells: a seed is one life.
CELLS_PER_LIFE = 40


@dataclass(frozen=True)
class Type:
    """A definition: how it is written, and how a value of it is."""

    name: str
    text: str
    # The definition it refers to, if it does.
    inner: Optional[str]
    # Expression and `Debug` text, with `@` for those of what it holds.
    value: str
    shown: str
    # The same of what it holds, if that is no other definition.
    held: Tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Variable:
    """A variable: which definitions its type depends on, and what it shows."""

    uses: FrozenSet[str]
    shown: str
    # An integer can be changed in place.
    number: Optional[int] = None


@dataclass(frozen=True)
class State:
    """What a session knows. Changed by copies, so that `:undo` is a step back."""

    types: Dict[str, Type] = field(default_factory=dict)
    variables: Dict[str, Variable] = field(default_factory=dict)
    functions: Dict[str, int] = field(default_factory=dict)

    def dependents(self, name: str) -> Set[str]:
        """Types whose meaning changes with that of `name`, itself included."""
        found = {name}
        grown = True
        while grown:
            grown = False
            for other in self.types.values():
                if other.name not in found and other.inner in found:
                    found.add(other.name)
                    grown = True
        return found

    def defining(self, new: Type) -> "State":
        """The session after a definition: variables that mean something else are gone."""
        old = self.types.get(new.name)
        state = replace(self, types={**self.types, new.name: new})
        if old is not None and old.text == new.text:
            return state
        changed = self.dependents(new.name) | state.dependents(new.name)
        kept = {
            name: variable
            for name, variable in self.variables.items()
            if not variable.uses & changed
        }
        return replace(state, variables=kept)

    def uses(self, name: str) -> FrozenSet[str]:
        """What the meaning of a type depends on, itself included."""
        inner = self.types[name].inner
        return frozenset({name}) | (self.uses(inner) if inner else frozenset())

    def value(self, name: str) -> Tuple[str, str]:
        """An expression of a type, and its `Debug` text, as it is defined now."""
        kind = self.types[name]
        value, shown = self.value(kind.inner) if kind.inner else kind.held
        return kind.value.replace("@", value), kind.shown.replace("@", shown)

    def binding(self, name: str, variable: Variable) -> "State":
        return replace(self, variables={**self.variables, name: variable})


class Wrong(Exception):
    """The session is not as the model has it."""


class Life:
    """One kernel, and the model beside it."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.seed = seed
        self.state = State()
        self.before: List[State] = []
        # Snapshots: one a cell, and none comes back after an `:undo`.
        self.undoable = 0
        self.cells: List[str] = []
        self.count = 0
        self.kernel = KernelSession()

    # What can be written

    def number(self) -> int:
        self.count += 1
        return self.count

    def some_type(self, name: str) -> Type:
        """A definition that refers to other types, but to none that refers to it."""
        barred = self.state.dependents(name) if name in self.state.types else {name}
        others = [it for it in self.state.types.values() if it.name not in barred]
        inner = self.random.choice(others) if others and self.random.random() < 0.6 else None
        kind = self.random.choice(["u8", "i64", "f32", "u16"])
        a, b, n = "abcdef"[self.number() % 6], "uvwxyz"[self.number() % 6], self.number() % 90
        derive = self.random.choice(["Debug, Clone", "Clone, Debug", "Debug, Clone, PartialEq"])
        if inner is not None:
            derive = "Debug, Clone"
        head = f"#[derive({derive})] "
        of = inner.name if inner else kind
        held = (f"{n} as {kind}", f"{n}.0" if kind == "f32" else str(n))
        form = self.random.randrange(5)
        if form == 0:
            seven = "7.0" if kind == "f32" else "7"
            text = f"struct {name} {{ {a}: {of}, other: {kind} }}"
            value = f"{name} {{ {a}: @, other: 7 as {kind} }}"
            shown = f"{name} {{ {a}: @, other: {seven} }}"
        elif form == 1:
            text = f"struct {name}({of}, Option<Box<{of}>>);"
            value = f"{name}(@, Some(Box::new(@)))"
            shown = f"{name}(@, Some(@))"
        elif form == 2:
            text = f"enum {name} {{ {b.upper()}1, {b.upper()}2({of}) }}"
            value = f"{name}::{b.upper()}2(@)"
            shown = f"{b.upper()}2(@)"
        elif form == 3:
            length = 1 + n % 4
            text = f"struct {name}(Vec<{of}>, [u8; {length}]);"
            value = f"{name}(vec![@], [{n}; {length}])"
            shown = f"{name}([@], [{', '.join([str(n)] * length)}])"
        else:
            text = f"struct {name}<T = {of}>(T);"
            value = f"{name}::<{of}>(@)"
            shown = f"{name}(@)"
        return Type(name, head + text, inner and inner.name, value, shown, held)

    def variable_of(self, name: str, state: State) -> Tuple[str, Variable]:
        """An expression, and what it makes."""
        uses = state.uses(name)
        value, shown = state.value(name)
        form = self.random.randrange(4)
        if form == 0:
            return value, Variable(uses, shown)
        if form == 1:
            return f"vec![{value}; 2]", Variable(uses, f"[{shown}, {shown}]")
        if form == 2:
            expression = f"std::collections::BTreeMap::from([(1, {value})])"
            return expression, Variable(uses, f"{{1: {shown}}}")
        expression = f"std::rc::Rc::new(std::cell::RefCell::new({value}))"
        return expression, Variable(uses, f"RefCell {{ value: {shown} }}")

    # What is done

    def run(self, code: str) -> CellResult:
        self.cells.append(code)
        return self.kernel.run(code)

    def note(self) -> None:
        """A cell has run that can be undone."""
        self.before.append(self.state)
        self.undoable = min(self.undoable + 1, UNDO_AT_MOST)

    def undo(self, steps: int) -> None:
        result = self.run(f":undo {steps}")
        if result.status != "ok":
            raise Wrong(f"cannot be undone: {result.reply['evalue']}")
        self.state = self.before[-steps]
        del self.before[-steps:]
        self.undoable -= steps

    def succeed(self, code: str, after: State) -> None:
        result = self.run(code)
        if result.status != "ok":
            raise Wrong(f"should work: {result.reply['evalue']}")
        for name in self.state.variables:
            if name not in after.variables and f"`{name}` is gone" not in result.stderr:
                raise Wrong(f"{name} is gone, and nobody says so: {result.stderr!r}")
        self.note()
        self.state = after

    def fail(self, code: str) -> None:
        result = self.run(code)
        if result.status != "error":
            raise Wrong("should fail")

    def step(self) -> None:
        names = [f"T{n}" for n in range(5)]
        variables = [f"v{n}" for n in range(6)]
        kinds = list(self.state.types.values())
        action = self.random.randrange(16)
        if action <= 2:
            new = self.some_type(self.random.choice(names))
            self.succeed(new.text, self.state.defining(new))
        elif action == 3 and kinds:
            # The same again, with what does not matter.
            new = self.random.choice(kinds)
            self.succeed(f"/// Text.\n{new.text}\nimpl {new.name} {{ fn f{self.number()}() {{}} }}"
                         if "<T" not in new.text else new.text, self.state.defining(new))
        elif action <= 5:
            # A type and a variable of it, as people edit and run again.
            new = self.some_type(self.random.choice(names))
            name = self.random.choice(variables)
            after = self.state.defining(new)
            expression, variable = self.variable_of(new.name, after)
            after = after.binding(name, variable)
            self.succeed(f"{new.text}\nlet {name} = {expression};", after)
        elif action <= 8 and kinds:
            name = self.random.choice(variables)
            expression, variable = self.variable_of(self.random.choice(kinds).name, self.state)
            self.succeed(f"let {name} = {expression};", self.state.binding(name, variable))
        elif action == 9:
            name, number = self.random.choice(variables), self.number()
            variable = Variable(frozenset(), str(number), number)
            self.succeed(f"let mut {name} = {number}_i64;", self.state.binding(name, variable))
        elif action == 10:
            numbers = [it for it in self.state.variables.items() if it[1].number is not None]
            if numbers:
                name, variable = self.random.choice(numbers)
                number = variable.number + 1
                changed = replace(variable, shown=str(number), number=number)
                self.succeed(f"{name} += 1;", self.state.binding(name, changed))
        elif action == 11:
            # Nothing of it may stay.
            new = self.some_type(self.random.choice(names))
            end = self.random.choice(
                ['panic!("x");', "std::process::abort();", "let x: i32 = \"text\";", "let y = ;"]
            )
            name = self.random.choice(variables)
            expression, _ = self.variable_of(new.name, self.state.defining(new))
            self.fail(f"{new.text}\nlet {name} = {expression};\n{end}")
        elif action == 12 and self.undoable:
            self.undo(self.random.randint(1, self.undoable))
        elif action == 13 and kinds:
            # The name of a type becomes a function's.
            old = self.random.choice(kinds)
            changed = self.state.dependents(old.name)
            if len(changed) == 1:
                kept = {
                    name: variable
                    for name, variable in self.state.variables.items()
                    if not variable.uses & changed
                }
                types = {k: v for k, v in self.state.types.items() if k != old.name}
                after = replace(self.state, types=types, variables=kept)
                self.succeed(f"fn {old.name}() {{}}", after)
        elif action == 14 and self.state.variables:
            # The name of a variable becomes a constant's, and is a variable's again.
            name = self.random.choice(list(self.state.variables))
            kept = {k: v for k, v in self.state.variables.items() if k != name}
            self.succeed(f"const {name}: u8 = 1;", replace(self.state, variables=kept))
            self.check()
            self.undo(2)
        elif action == 15:
            self.fail("struct T0 { x: Missing }")

    def check(self) -> None:
        """Everything that is there is what it should be."""
        names = sorted(self.state.variables)
        shown = " ".join(["{:?};"] * len(names))
        code = f'println!("<{shown}>"{"".join(", " + name for name in names)});'
        result = self.run(code)
        if result.status != "ok":
            raise Wrong(f"the session is stuck: {result.reply['evalue']}")
        expected = " ".join(f"{self.state.variables[name].shown};" for name in names)
        if result.stdout.strip() != f"<{expected}>":
            raise Wrong(f"is {result.stdout.strip()}, should be <{expected}>")
        self.note()
        listed = self.kernel.run(":vars").value or ""
        there = {line.split()[0] for line in listed.splitlines() if not listed.startswith("there are")}
        if there != set(names):
            raise Wrong(f"variables are {sorted(there)}, should be {names}")

    def live(self, cells: int, deadline: float) -> int:
        try:
            for done in range(cells):
                if time.monotonic() > deadline:
                    return done
                self.step()
                self.check()
            return cells
        except Wrong as wrong:
            cells = "\n--\n".join(self.cells)
            raise SystemExit(f"seed {self.seed}: {wrong}\n\n{cells}") from None
        finally:
            self.kernel.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--prefix", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ["JUPYTER_PATH"] = str(options.prefix.resolve() / "share" / "jupyter")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["HXKERNEL_CACHE"] = cache
        deadline = time.monotonic() + options.seconds
        seed, cells = options.seed, 0
        while time.monotonic() < deadline:
            cells += Life(seed).live(CELLS_PER_LIFE, deadline)
            seed += 1
    print(f"{cells} random cells in {seed - options.seed} sessions: as the model has it")


if __name__ == "__main__":
    main()
