"""The boundary of a forum, strictly read from GeoJSON (RFC 7946), and its outline, which is small enough to be sent.

A boundary is a Polygon, a MultiPolygon, a Feature of one, or a FeatureCollection of such Features, in degrees (WGS 84),
longitude first. Heights are left out, rings are turned to the right-hand rule (3.1.6), and coordinates are rounded to a
millionth of a degree, a hand's breadth. Whether rings cross each other is not checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from pbvote.errors import InputIsWrong, Reason

MOST_BYTES = 2 * 1024 * 1024
MOST_POSITIONS = 50_000
MOST_SENT = 400  # positions of an outline: some eight kilobytes
FEWEST_IN_RING = 4  # RFC 7946, 3.1.6: the first one is also the last
DIGITS = 6
MILLION = 10**DIGITS
MOST_LONGITUDE, MOST_LATITUDE = 180, 90
WGS_84 = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326")
# The British Isles: what lies in them only the wrong way round was written latitude first.
LONGITUDES, LATITUDES = (-11.0, 3.0), (49.0, 62.0)

Position = tuple[float, float]
Ring = list[Position]
Polygon = list[Ring]


class Boundary(msgspec.Struct, frozen=True):
    """A GeoJSON MultiPolygon: polygons of rings of `[longitude, latitude]` in degrees; a ring's last is its first."""

    type: str
    coordinates: list[list[list[tuple[float, float]]]]

    @classmethod
    def of(cls, polygons: Sequence[Polygon]) -> Boundary:
        """The polygons as GeoJSON has them."""
        return cls("MultiPolygon", list(polygons))


class NotABoundary(InputIsWrong):
    """This is no boundary that can be read; the one reason says what is wrong, where, and what was expected."""


def read_boundary(content: bytes) -> Boundary:
    """The boundary in a GeoJSON file. Raises NotABoundary with the first thing that is wrong."""
    if len(content) > MOST_BYTES:
        raise _wrong("boundary_too_large", f"The file is larger than {MOST_BYTES // 1024**2} megabytes.")
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        raise _wrong("boundary_not_json", "This is not a GeoJSON file: it cannot be read as JSON.") from None
    polygons = [polygon for part in _geometries(found, "the file") for polygon in part]
    if not polygons:
        raise _wrong("boundary_empty", "There is no polygon in the file.")
    if sum(len(ring) for polygon in polygons for ring in polygon) > MOST_POSITIONS:
        detail = f"The boundary has more than {MOST_POSITIONS:,} points. Ask for a generalised one."
        raise _wrong("boundary_too_fine", detail)
    _require_order(polygons)
    return Boundary.of(polygons)


def outline(boundary: Boundary, most: int = MOST_SENT) -> Boundary:
    """The boundary with at most about `most` positions: what is lost is smaller than can be drawn.

    Douglas and Peucker's way with a tolerance that doubles until it is small enough; islands and holes that shrink to
    nothing are left out, but never the largest polygon.
    """
    polygons = [[list(ring) for ring in polygon] for polygon in boundary.coordinates]
    tolerance = _extent(polygons) / 4_000
    kept = polygons
    while sum(len(ring) for polygon in kept for ring in polygon) > most:
        kept = [simpler for polygon in polygons if (simpler := _simplified(polygon, tolerance))] or [
            [max((polygon[0] for polygon in polygons), key=lambda ring: abs(_area(ring)))]
        ]
        if tolerance > _extent(polygons):
            break
        tolerance *= 2
    return Boundary.of(kept)


def _geometries(found: object, where: str) -> list[list[Polygon]]:
    """The polygons of each geometry in a GeoJSON object."""
    if not isinstance(found, dict):
        raise _wrong("boundary_type", f"In {where}: expected a GeoJSON object.", where)
    _require_wgs_84(found)
    kind = found.get("type")
    if kind == "FeatureCollection":
        features = found.get("features")
        if not isinstance(features, list):
            raise _wrong("boundary_type", f"In {where}: expected a list of features.", where)
        return [
            part
            for number, feature in enumerate(features, start=1)
            for part in _geometries(_only(feature, "Feature", f"feature {number}"), f"feature {number}")
        ]
    if kind == "Feature":
        return _geometries(found.get("geometry"), where)
    if kind == "Polygon":
        return [[_polygon(found.get("coordinates"), where)]]
    if kind == "MultiPolygon":
        parts = _list(found.get("coordinates"), where)
        return [[_polygon(part, f"{where}, polygon {number}") for number, part in enumerate(parts, start=1)]]
    shown = str(kind)[:40]
    raise _wrong("boundary_type", f"In {where}: expected a Polygon or MultiPolygon, not {shown!r}.", where)


def _only(found: object, kind: str, where: str) -> object:
    if isinstance(found, dict) and found.get("type") == kind:
        return found
    raise _wrong("boundary_type", f"In {where}: expected a {kind}.", where)


def _list(found: object, where: str) -> list[Any]:
    if isinstance(found, list) and found:
        return found
    raise _wrong("boundary_coordinates", f"In {where}: expected a list of coordinates that is not empty.", where)


def _polygon(found: object, where: str) -> Polygon:
    rings = [
        _ring(ring, f"{where}, ring {number}", outer=number == 1)
        for number, ring in enumerate(_list(found, where), start=1)
    ]
    return [ring for ring in rings if ring]


def _ring(found: object, where: str, *, outer: bool) -> Ring:
    """A ring, counterclockwise if it is the outer one, else clockwise."""
    ring = [_position(one, f"{where}, point {number}") for number, one in enumerate(_list(found, where), start=1)]
    if ring[0] != ring[-1]:
        raise _wrong("boundary_open", f"In {where}: the last point has to be the first one again.", where)
    ring = [ring[0], *(after for before, after in pairwise(ring) if before != after)]
    if len(ring) < FEWEST_IN_RING or _area(ring) == 0:
        raise _wrong("boundary_flat", f"In {where}: expected at least three points that are not in a line.", where)
    return ring if (_area(ring) > 0) is outer else ring[::-1]


def _position(found: object, where: str) -> Position:
    if not isinstance(found, list) or len(found) not in {2, 3} or any(type(one) not in {int, float} for one in found):
        raise _wrong("boundary_point", f"In {where}: expected longitude and latitude as two numbers.", where)
    longitude, latitude = found[:2]
    if abs(longitude) > MOST_LONGITUDE or abs(latitude) > MOST_LATITUDE:
        detail = (
            f"In {where}: {longitude}, {latitude} are no degrees. Expected longitude from -180 to 180 and latitude "
            "from -90 to 90 (WGS 84), not metres of a national grid."
        )
        raise _wrong("boundary_range", detail, where)
    return round(float(longitude), DIGITS), round(float(latitude), DIGITS)


def _require_wgs_84(found: dict[str, Any]) -> None:
    """RFC 7946 has no `crs` any more; where a file names one, it must be the one that RFC 7946 means."""
    if "crs" not in found or found["crs"] is None:
        return
    crs = found["crs"]
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if name not in WGS_84:
        shown = str(name)[:60]
        detail = f"The coordinates are in {shown!r}. Expected degrees (WGS 84, EPSG:4326): export the file again."
        raise _wrong("boundary_grid", detail)


def _require_order(polygons: Sequence[Polygon]) -> None:
    points = [position for polygon in polygons for ring in polygon for position in ring]

    def inside(first: float, second: float) -> bool:
        return LONGITUDES[0] <= first <= LONGITUDES[1] and LATITUDES[0] <= second <= LATITUDES[1]

    if all(inside(latitude, longitude) for longitude, latitude in points):
        detail = "The points are written latitude first. GeoJSON has longitude first, then latitude."
        raise _wrong("boundary_swapped", detail)


def _area(ring: Sequence[Position]) -> int:
    """Twice the signed area in millionths of a degree, squared: above zero for counterclockwise, and exact."""
    points = [(round(x * MILLION), round(y * MILLION)) for x, y in ring]
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(points))


def _extent(polygons: Sequence[Polygon]) -> float:
    xs, ys = zip(*(position for polygon in polygons for position in polygon[0]), strict=True)
    return float(max(max(xs) - min(xs), max(ys) - min(ys)))


def _simplified(polygon: Polygon, tolerance: float) -> Polygon:
    """The polygon without what is smaller than `tolerance`; nothing where all of it is."""
    rings = [_simplified_ring(ring, tolerance) for ring in polygon]
    good = [ring for ring in rings if len(ring) >= FEWEST_IN_RING and abs(_area(ring)) > (tolerance * MILLION) ** 2]
    return good if good and good[0] is rings[0] else []


def _simplified_ring(ring: Ring, tolerance: float) -> Ring:
    """Both halves of the ring, from its first point to the farthest and back, each simplified."""
    x0, y0 = ring[0]
    farthest = max(range(len(ring)), key=lambda at: (ring[at][0] - x0) ** 2 + (ring[at][1] - y0) ** 2)
    keep = {0, farthest, len(ring) - 1}
    waiting = [(0, farthest), (farthest, len(ring) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:  # noqa: PLR2004  # nothing between them
            continue
        most, at = max((_distance(ring[at], ring[first], ring[last]), at) for at in range(first + 1, last))
        if most > tolerance:
            keep.add(at)
            waiting += [(first, at), (at, last)]
    return [ring[at] for at in sorted(keep)]


def _distance(point: Position, start: Position, end: Position) -> float:
    """How far a point lies from a line between two others, in degrees."""
    (x, y), (x1, y1), (x2, y2) = point, start, end
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / length))
    return float(((x - x1 - along * dx) ** 2 + (y - y1 - along * dy) ** 2) ** 0.5)


def _wrong(code: str, detail: str, where: str = "") -> NotABoundary:
    return NotABoundary(detail, [Reason(code, detail, {"where": where} if where else {}, "boundary")])
