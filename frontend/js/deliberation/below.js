// What stands below a round or a proposal: what people say about it, and how to follow it by e-mail.
import { html } from '../lib.js';
import { follow } from './follow.js';
import { fill } from './own.js';
import { questions } from './questions.js';
import { talk } from './talk.js';

/** The places, which a page puts where it wants them and draws again as often as it likes. */
export const below = () => html`<div id="talk"></div><div id="questions"></div><div id="follow"></div>`;

/**
 * Fill the places, once the page is drawn.
 * @param {string} round its slug @param {number} [n] the number of the proposal that the page is about
 */
export function fillBelow(round, n) {
  if (n !== undefined) fill('talk', (place) => talk(place, round, n));
  fill('questions', (place) => questions(place, round, n ?? null));
  fill('follow', (place) => follow(place, n === undefined ? { kind: 'round', slug: round } : { kind: 'proposal', slug: round, number: n }));
}
