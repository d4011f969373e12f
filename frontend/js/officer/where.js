// Which page mends what: from a reason's field or code to the page of the set-up.
import { path } from '../lib.js';
import { desk } from './desk.js';

/** @typedef {'about' | 'money' | 'dates' | 'polls' | 'vote' | 'conditions' | 'talk' | 'voters' | 'proposals' | 'voting' | 'forum'} Task */

/** @type {Record<string, Task>} */
const BY_FIELD = {
  title: 'about', description: 'about', eligibility: 'about', confirmed_by: 'about', challenge_days: 'about', advisory: 'about', contact: 'forum',
  pots: 'money', smallest_award: 'money', largest_award: 'money', match: 'money', part_funding: 'money',
  second_voting_open: 'dates', second_voting_close: 'dates', polls: 'polls', titles: 'polls', comments: 'talk', supports: 'talk', checked_within: 'talk',
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

/** The page where a reason is mended, at its vote; "" where there is none. @param {string} slug @param {import('../lib.js').Reason} reason @param {string} [forum] the slug of the round's */
export function mendedAt(slug, reason, forum = '') {
  if (reason.code === 'officer_of_proposal') return desk(slug, 'proposals', reason.params.number);
  const task = taskOf(reason);
  if (task === 'forum') return forum ? path('o', 'f', forum) : '';
  return task === '' ? '' : `${desk(slug, task)}${'poll' in reason.params ? `?poll=${reason.params.poll}` : ''}`;
}
