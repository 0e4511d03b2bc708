"""Reads a plot back: from the SVG to the numbers a person would read off it.

Only what is drawn counts. Positions become numbers with the help of the tick
marks and their labels, so a curve in the wrong place, a label at the wrong tick
and a tick at the wrong height all show.
"""

import re
import xml.etree.ElementTree as ElementTree
from typing import Dict, List, NamedTuple, Tuple

SVG = "{http://www.w3.org/2000/svg}"
TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
AXES_COLOUR = "#000"


class Point(NamedTuple):
    x: float
    y: float


class Picture:
    """One pair of axes with curves in it."""

    def __init__(self, svg: str):
        root = ElementTree.fromstring(svg)
        self.texts: List[str] = []
        labels: Dict[str, List[Tuple[Point, float]]] = {"middle": [], "end": []}
        for text in root.iter(f"{SVG}text"):
            words = "".join(text.itertext())
            self.texts.append(words)
            place = Point(float(text.get("x", "")), float(text.get("y", "")))
            with_number = re.fullmatch(r"[-−]?\d+(\.\d+)?", words)
            if with_number and text.get("transform") is None:
                value = float(words.replace("−", "-"))
                labels[text.get("text-anchor", "")].append((place, value))
        lines = [
            (path.get("stroke"), line)
            for path in root.iter(f"{SVG}path")
            if path.get("fill") == "none"
            for line in polylines(path.get("d", ""))
        ]
        marks = [
            line for colour, line in lines if colour == AXES_COLOUR and len(line) == 2
        ]
        upright = [start.x for start, end in marks if start.x == end.x]
        level = [start.y for start, end in marks if start.y == end.y]
        self.x_axis = Axis(
            upright, [(place.x, value) for place, value in labels["middle"]]
        )
        self.y_axis = Axis(level, [(place.y, value) for place, value in labels["end"]])
        self.curves = [
            [Point(self.x_axis.value(p.x), self.y_axis.value(p.y)) for p in line]
            for colour, line in lines
            if colour != AXES_COLOUR
        ]


class Axis:
    """From positions on the page to numbers."""

    def __init__(self, marks: List[float], labels: List[Tuple[float, float]]):
        assert len(marks) == len(labels) >= 2, (marks, labels)
        pairs = list(zip(sorted(marks), sorted(labels)))
        for mark, (place, _) in pairs:
            # A label stands beside its mark: half a line of text at most.
            assert abs(mark - place) < 6, pairs
        (first, (_, low)), (last, (_, high)) = pairs[0], pairs[-1]
        self._origin, self._low = first, low
        self._scale = (high - low) / (last - first)
        for mark, (_, value) in pairs:
            # Marks sit on whole pixels.
            assert abs(self.value(mark) - value) <= abs(self._scale), pairs

    def value(self, position: float) -> float:
        return self._low + (position - self._origin) * self._scale


def polylines(path: str) -> List[List[Point]]:
    """The corners of each polyline of an SVG path made of straight lines."""
    tokens = TOKEN.findall(path)
    lines: List[List[Point]] = []
    at = Point(0.0, 0.0)
    command = ""
    while tokens:
        if tokens[0].isalpha():
            command = tokens.pop(0)
        if command in "zZ":
            at = lines[-1][0]
            lines[-1].append(at)
            continue
        origin = at if command.islower() else Point(0.0, 0.0)
        kind = command.lower()
        if kind == "h":
            at = Point(origin.x + float(tokens.pop(0)), at.y)
        elif kind == "v":
            at = Point(at.x, origin.y + float(tokens.pop(0)))
        elif kind in "ml":
            at = Point(origin.x + float(tokens.pop(0)), origin.y + float(tokens.pop(0)))
        else:
            raise ValueError(f"{command!r} is no straight line")
        if kind == "m":
            lines.append([])
            # Further pairs after a move are lines.
            command = "l" if command == "m" else "L"
        lines[-1].append(at)
    return lines
