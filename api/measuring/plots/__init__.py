"""Plots as SVG, drawn here: colours are the stylesheet's, through classes; each says in words what it shows.

A plot is a `Drawing`: `inline` for a page, `printed` for paper.
"""

from __future__ import annotations

from api.measuring.plots.bars import Bar, bars
from api.measuring.plots.drawing import Drawing
from api.measuring.plots.figures import figure
from api.measuring.plots.points import FEW, Point, points_of
from api.measuring.plots.saying import Marks, marks_of, trend
from api.measuring.plots.series import series
from api.measuring.plots.spark import spark
from api.measuring.plots.square import Cell, square

__all__ = [
    "FEW",
    "Bar",
    "Cell",
    "Drawing",
    "Marks",
    "Point",
    "bars",
    "figure",
    "marks_of",
    "points_of",
    "series",
    "spark",
    "square",
    "trend",
]
