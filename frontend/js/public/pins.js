// Pins on the drawing of a forum's boundary: to look at, and to put one down, by pointer or by keyboard.
import { html, icon, nothing, svg, t } from '../lib.js';
import { outlinePath, projection } from './map.js';

const MILLION = 1_000_000;
const STEP = 0.04; // of the drawing's width, for each press of an arrow

/** @typedef {{latitude: number, longitude: number}} Point millionths of a degree */
/** @typedef {Point & {label: string, text?: string, href?: string}} Pin */

/** @param {import('./map.js').Boundary} boundary @param {Pin[]} pins @param {string} label what the drawing shows @param {((event: MouseEvent) => void) | undefined} [press] */
export function pinMap(boundary, pins, label, press) {
  const { place, viewBox } = projection(boundary);
  const drawn = pins.map((pin) => {
    const [x, y] = place(pin.longitude / MILLION, pin.latitude / MILLION);
    const shape = svg`<title>${pin.label}</title><path class="pin" d="M${x} ${y}l-26 -52a40 40 0 1 1 52 0z"></path>${
      pin.text ? svg`<text x=${x} y=${y - 66} text-anchor="middle">${pin.text}</text>` : svg`<circle cx=${x} cy=${y - 80} r="14"></circle>`}`;
    return pin.href ? svg`<a href=${pin.href} aria-label=${pin.label}>${shape}</a>` : svg`<g>${shape}</g>`;
  });
  const linked = pins.some((pin) => pin.href);
  return html`<svg class="area-map pins ${press ? 'press' : ''}" role=${linked ? 'group' : 'img'} aria-label=${label} viewBox=${viewBox} @click=${press ?? nothing}>
    <path fill-rule="evenodd" d=${outlinePath(boundary, place)}></path>${drawn}</svg>`;
}

/**
 * A drawing to put a pin on, with buttons that do the same.
 * @param {{boundary: import('./map.js').Boundary, value: Point | null, label: string, change: (point: Point | null) => void}} field
 */
export function pinField({ boundary, value, label, change }) {
  const { width, height, back } = inverse(boundary);
  const at = value ?? back(width / 2, height / 2);
  const move = (/** @type {number} */ across, /** @type {number} */ up) => () => {
    if (!value) { change(at); return; }
    const there = back(width / 2 + across * STEP * width, height / 2 - up * STEP * width);
    const middle = back(width / 2, height / 2);
    change({ latitude: value.latitude + there.latitude - middle.latitude, longitude: value.longitude + there.longitude - middle.longitude });
  };
  const press = (/** @type {MouseEvent} */ event) => {
    const drawing = /** @type {SVGSVGElement} */ (event.currentTarget);
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(drawing.getScreenCTM()?.inverse());
    change(back(point.x, point.y));
  };
  const arrow = (/** @type {string} */ name, /** @type {number} */ across, /** @type {number} */ up) =>
    html`<button type="button" class="button quiet" @click=${move(across, up)}>${t(`idea.pin_${name}`)}</button>`;
  return html`<div class="field"><p>${label}</p>${pinMap(boundary, value ? [{ ...value, label: t('idea.pin') }] : [], value ? t('idea.map_pin') : t('idea.map_no_pin'), press)}
    <div class="row" role="group" aria-label=${t('idea.pin_move')}>${value ? html`${arrow('north', 0, 1)}${arrow('south', 0, -1)}${arrow('west', -1, 0)}${arrow('east', 1, 0)}
      <button type="button" class="link" @click=${() => { change(null); }}>${t('idea.pin_away')}</button>`
    : html`<button type="button" class="button quiet" @click=${() => { change(at); }}>${icon('pin')}${t('idea.pin_put')}</button>`}</div></div>`;
}

/** From the drawing back to places: the projection is straight, so two points tell all of it. @param {import('./map.js').Boundary} boundary */
function inverse(boundary) {
  const { place, width, height } = projection(boundary);
  const [x0, y0] = place(0, 0);
  const [x1, y1] = place(1, 1);
  const back = (/** @type {number} */ x, /** @type {number} */ y) => ({
    latitude: Math.round(((y - y0) / (y1 - y0)) * MILLION), longitude: Math.round(((x - x0) / (x1 - x0)) * MILLION),
  });
  return { width, height, back };
}
