// Which of a round's votes is on: the one that is open, or that comes next.
import { html, nothing, t } from '../lib.js';

/** @param {any} setup */
export const pollNow = (setup) => setup.polls.find((/** @type {{position: number}} */ one) => one.position === setup.current);

/** When that vote opens and closes. @param {any} setup @param {number} [position] of another vote @returns {{from: import('../lib.js').Instant | null, until: import('../lib.js').Instant | null}} */
export function timesOf({ calendar, current }, position = current) {
  return position === 1 ? { from: calendar.voting_open, until: calendar.voting_close } : { from: calendar.second_voting_open, until: calendar.second_voting_close };
}

/** Which of two votes it is, as a line. @param {any} setup */
export const voteLine = (setup) => (setup.polls.length < 2 ? nothing : html`<p><b>${t('votes.which', { position: setup.current, of: setup.polls.length, title: pollNow(setup).title })}</b></p>`);
