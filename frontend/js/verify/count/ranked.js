// Orders without money: the k best of a first vote, and an advisory round's priorities.
import { ranked } from './opening.js';
import { ranking } from './support.js';

/** @typedef {import('./opening.js').Count} Count */

/** The k best by score. @param {Count} count @param {{k: bigint, utility: string}} given */
export function top(count, { k, utility }) {
  const least = Math.max(1, count.terms.minVotes);
  const able = all(count).filter((project) => count.votes[project] >= least);
  list(count, ranked(able, ranking(count.election, utility), count.ties).slice(0, Number(k)), 'top');
}

/** Every project by score, those without votes last. @param {Count} count @param {{utility: string}} given */
export function priorities(count, { utility }) {
  const order = ranked(all(count), ranking(count.election, utility), count.ties);
  list(count, [...order.filter((project) => count.votes[project] > 0), ...order.filter((project) => count.votes[project] === 0)], 'priority');
}

/** @param {Count} count */
const all = ({ election }) => election.ids.map((_, project) => project);

/** These and no others are the outcome. @param {Count} count @param {number[]} projects @param {string} phase */
function list(count, projects, phase) {
  count.steps = projects.map((project) => ({ project, amount: count.election.costs[project], phase }));
}
