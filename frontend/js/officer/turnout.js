// How many have voted, as a line and a bar.
import { html, nothing, number, percent, t } from '../lib.js';

/** @param {{electors: number, voted: number} | null} turnout */
export const turnoutLine = (turnout) => (turnout === null ? nothing : html`<p class="turnout"><b class="amount">${number(turnout.voted)}</b> ${t('officer.count.turnout', { electors: turnout.electors, share: turnout.electors ? percent(turnout.voted / turnout.electors) : '–' })}</p>
  <svg class="bar thick" aria-hidden="true"><rect class="ok" width="${turnout.electors ? (100 * turnout.voted) / turnout.electors : 0}%" height="100%" rx="2"></rect></svg>`);
