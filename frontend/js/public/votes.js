// A round with two votes: which of them a page is about, and the way to the other one.
import { html, nothing, t } from '../lib.js';

/**
 * Links to this page for each of two votes; nothing where a round has one. The address says which vote it is.
 * @param {{position: number, title: string}[]} votes those that there is such a page for @param {number} of how many votes the round has @param {number} here
 */
export const bothVotes = (votes, of, here) => (of < 2 ? nothing : html`<nav aria-label=${t('votes.both')}><p class="row">${votes.map(({ position, title }) => html`<a
  class="button ${position === here ? '' : 'quiet'}" href=${`?poll=${position}`} aria-current=${position === here ? 'page' : nothing}>${t('votes.which', { position, of, title })}</a>`)}</p></nav>`);

/** Which vote the address asks for; nothing where it does not say. @returns {string} */
export function askedVote() {
  const asked = new URLSearchParams(location.search).get('poll');
  return asked === '1' || asked === '2' ? `?poll=${asked}` : '';
}
