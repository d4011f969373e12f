from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbvote.forums.boundaries import MOST_BYTES, MOST_SENT, Boundary, NotABoundary, outline, read_boundary

SQUARE = [[-1.2, 54.5], [-1.1, 54.5], [-1.1, 54.6], [-1.2, 54.6], [-1.2, 54.5]]
HOLE = [[-1.18, 54.52], [-1.18, 54.58], [-1.12, 54.58], [-1.12, 54.52], [-1.18, 54.52]]


def polygon(*rings: Any, **more: Any) -> bytes:
    return json.dumps({"type": "Polygon", "coordinates": rings, **more}).encode()


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "boundary_not_json", "cannot be read as JSON"),
        (b"<kml/>", "boundary_not_json", "cannot be read as JSON"),
        (b"[" * 100_000, "boundary_not_json", "cannot be read as JSON"),
        (b" " * (MOST_BYTES + 1), "boundary_too_large", "2 megabytes"),
        (b"[]", "boundary_type", "GeoJSON object"),
        (b'{"type": "Point", "coordinates": [-1, 54]}', "boundary_type", "not 'Point'"),
        (b'{"type": "FeatureCollection", "features": []}', "boundary_empty", "no polygon"),
        (b'{"type": "FeatureCollection", "features": [{"type": "Polygon"}]}', "boundary_type", "feature 1"),
        (b'{"type": "Feature", "geometry": null}', "boundary_type", "GeoJSON object"),
        (polygon(), "boundary_coordinates", "not empty"),
        (polygon([]), "boundary_coordinates", "ring 1"),
        (polygon(SQUARE[:-1]), "boundary_open", "the last point has to be the first"),
        (polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), "boundary_flat", "not in a line"),
        (polygon([[0, 0], [1, 1], [2, 2], [0, 0]]), "boundary_flat", "not in a line"),
        (polygon(SQUARE, HOLE[:-1]), "boundary_open", "ring 2"),
        (polygon([["-1", 54], *SQUARE]), "boundary_point", "point 1"),
        (polygon([[True, 54], *SQUARE]), "boundary_point", "point 1"),
        (polygon([[-1], *SQUARE]), "boundary_point", "two numbers"),
        (polygon([[449000, 519000], [450000, 519000], [450000, 520000], [449000, 519000]]), "boundary_range", "metres"),
        (polygon([[y, x] for x, y in SQUARE]), "boundary_swapped", "longitude first"),
        (polygon(SQUARE, crs={"properties": {"name": "EPSG:27700"}}), "boundary_grid", "EPSG:27700"),
        (polygon(SQUARE[:1] * 50_001 + SQUARE), "", ""),
    ],
)
def test_refuses_what_is_no_boundary_and_says_where(content: bytes, code: str, words: str) -> None:
    if not code:  # one point many times is one point
        assert read_boundary(content).coordinates[0][0][0] == (-1.2, 54.5)
        return
    with pytest.raises(NotABoundary) as error:
        read_boundary(content)
    [reason] = error.value.reasons
    assert (reason.code, reason.field) == (code, "boundary")
    assert words in reason.detail


def test_refuses_a_boundary_with_too_many_points() -> None:
    with pytest.raises(NotABoundary, match="50,000 points"):
        read_boundary(polygon(circle(50_001)))


def test_reads_every_kind_of_file_that_holds_polygons() -> None:
    one = {"type": "Polygon", "coordinates": [[[*point, 12.5] for point in SQUARE]]}
    feature = {"type": "Feature", "geometry": one, "properties": {"name": "Harbour"}}
    many = {"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}
    for found, polygons in (
        (one, 1),
        (feature, 1),
        (many, 2),
        ({"type": "FeatureCollection", "features": [feature] * 3}, 3),
    ):
        boundary = read_boundary(json.dumps(found).encode())
        assert (boundary.type, len(boundary.coordinates)) == ("MultiPolygon", polygons)
        assert boundary.coordinates[0][0][:2] == [(-1.2, 54.5), (-1.1, 54.5)]
    named = {"properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert read_boundary(polygon(SQUARE, crs=named)).coordinates


@pytest.mark.parametrize("outer", [SQUARE, SQUARE[::-1]])
@pytest.mark.parametrize("inner", [HOLE, HOLE[::-1]])
def test_turns_rings_to_the_right_hand_rule(outer: list[Any], inner: list[Any]) -> None:
    [rings] = read_boundary(polygon(outer, inner)).coordinates
    assert turn(rings[0]) > 0 > turn(rings[1])


@given(st.integers(5, 3_000), st.integers(1, 40))
def test_an_outline_is_small_closed_and_where_the_boundary_is(points: int, waves: int) -> None:
    boundary = read_boundary(polygon(circle(points, waves)))
    small = outline(boundary)
    assert 4 <= sum(len(ring) for part in small.coordinates for ring in part) <= max(MOST_SENT, 4)
    given_points = set(boundary.coordinates[0][0])
    for part in small.coordinates:
        for ring in part:
            assert ring[0] == ring[-1]
            assert set(ring) <= given_points
    assert read_boundary(polygon(*small.coordinates[0]))


def test_an_outline_of_a_thousand_islands_keeps_some() -> None:
    islands = [
        [[(x + dx / 9, y + dy / 9) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 0))]]
        for x in range(40)
        for y in range(25)
    ]
    small = outline(Boundary("MultiPolygon", islands))
    assert len(small.coordinates) >= 1
    assert sum(len(ring) for part in small.coordinates for ring in part) <= MOST_SENT


def circle(points: int, waves: int = 0) -> list[tuple[float, float]]:
    at = [2 * math.pi * step / points for step in range(points)]
    ring = [(round(-1 + math.cos(a) * (1 + 0.2 * math.sin(waves * a)), 6), round(54 + math.sin(a), 6)) for a in at]
    return [*ring, ring[0]]


def turn(ring: list[tuple[float, float]]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
