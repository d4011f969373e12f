// The boundary of a forum as a drawing of our own: no tiles, no request to anybody else.
import { html, svg } from '../lib.js';

/** @typedef {{type: string, coordinates: [number, number][][][]}} Boundary a GeoJSON MultiPolygon, longitude first */

const WIDE = 1000;
const MARGIN = 30;

/**
 * Where places stand on the drawing of a boundary: degrees become units of its view box. Degrees of longitude are drawn
 * as much shorter as they are in the middle of the boundary, so that shapes keep their proportions.
 * @param {Boundary} boundary
 */
export function projection(boundary) {
  const points = boundary.coordinates.flatMap((polygon) => polygon[0]);
  const [west, east] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
  const [south, north] = [Math.min(...points.map(([, y]) => y)), Math.max(...points.map(([, y]) => y))];
  const narrow = Math.cos(((south + north) / 2) * (Math.PI / 180));
  const scale = WIDE / Math.max((east - west) * narrow, north - south, 1e-9);
  /** @param {number} longitude @param {number} latitude @returns {[number, number]} */
  const place = (longitude, latitude) => [MARGIN + (longitude - west) * narrow * scale, MARGIN + (north - latitude) * scale];
  const width = (east - west) * narrow * scale + 2 * MARGIN;
  const height = (north - south) * scale + 2 * MARGIN;
  return { place, width, height, viewBox: `0 0 ${width.toFixed(1)} ${height.toFixed(1)}` };
}

/** The outline as the path of a drawing; holes are cut out by `fill-rule="evenodd"`. @param {Boundary} boundary @param {ReturnType<typeof projection>['place']} place */
export const outlinePath = (boundary, place) => boundary.coordinates.flatMap((polygon) => polygon.map((ring) =>
  `M${ring.map(([x, y]) => place(x, y).map((one) => one.toFixed(1)).join(',')).join('L')}Z`)).join('');

/** A map of nothing but the boundary. @param {Boundary} boundary @param {string} label what it shows, in words */
export function boundaryMap(boundary, label) {
  const { place, viewBox } = projection(boundary);
  return html`<svg class="area-map" role="img" aria-label=${label} viewBox=${viewBox}>${svg`<path fill-rule="evenodd" d=${outlinePath(boundary, place)}></path>`}</svg>`;
}
