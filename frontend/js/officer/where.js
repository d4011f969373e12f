// Which page mends what: from a reason's field or code to the page of the set-up.
import { desk } from './desk.js';

/** @typedef {'about' | 'money' | 'dates' | 'vote' | 'conditions' | 'voters' | 'proposals' | 'voting'} Task */

/** @type {Record<string, Task>} */
const BY_FIELD = {
  title: 'about', description: 'about', eligibility: 'about',
  pots: 'money', smallest_award: 'money', largest_award: 'money',
  proposals_open: 'dates', proposals_close: 'dates', voting_open: 'dates', voting_close: 'dates', results: 'dates',
  design: 'vote', rule: 'vote', ties: 'vote', poll: 'vote', conditions: 'conditions',
  voters: 'voters', proposals: 'proposals', opening: 'voting', keys: 'voting',
};
/** @type {Record<string, Task>} */
const BY_CODE = {
  too_few_projects: 'vote', roll_is_empty: 'voters',
};

/** The task that a reason belongs to; "" where no page of ours mends it. @param {import('../lib.js').Reason} reason @returns {Task | ''} */
export const taskOf = (reason) => BY_CODE[reason.code] ?? BY_FIELD[reason.field.split('.')[0]] ?? '';

/** The page where a reason is mended, at its field; "" where there is none. @param {string} slug @param {import('../lib.js').Reason} reason */
export function mendedAt(slug, reason) {
  if (reason.code === 'officer_of_proposal') return desk(slug, 'proposals', reason.params.number);
  const task = taskOf(reason);
  return task === '' ? '' : desk(slug, task);
}
