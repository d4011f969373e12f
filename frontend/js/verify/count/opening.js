// What no rule decides: who is funded before any count, and who takes part in it.
import { Account } from './account.js';
import { RecountError } from './error.js';
import { compare } from './exact.js';
import { totals } from './support.js';
import { tiePlaces } from './ties.js';

/**
 * @typedef {import('./election.js').Election} Election @typedef {import('./exact.js').Fraction} Fraction @typedef {import('./terms.js').Terms} Terms
 * @typedef {{project: number, amount: bigint, phase: string, price?: Fraction}} Step a project that is funded. `price`: what each unit of worth paid
 *   under Equal Shares, what the voters with the highest load bear under Phragmen's and maximin support
 */

/**
 * A count under way. `votes` and `ties` are by project: how many support it, and its place in the tie order.
 * @typedef {object} Count
 * @property {Election} election @property {Terms} terms @property {number[]} votes @property {number[]} ties @property {Account} account
 * @property {number[]} candidates in ballot order @property {Step[]} steps
 * @property {Fraction} [finalShare] each voter's share at last under Equal Shares @property {bigint} [welfare] the worth of all under max-welfare
 */

/**
 * Prefunded projects are funded; then, of the others with votes and enough of them, those that cost nothing; those whose cost (or smallest
 * part) the pots can pay are candidates. @param {Election} election @param {string} order @param {Terms} terms @returns {Count}
 */
export function openCount(election, order, terms) {
  const { ids, costs } = election;
  const votes = totals(election, 'votes');
  const account = new Account(terms, ids.length);
  const count = { election, terms, votes, ties: tiePlaces(election, votes, order), account, candidates: [], steps: [] };
  const least = Math.max(1, terms.minVotes);
  const enough = ids.map((_, project) => project).filter((project) => votes[project] >= least);
  ids.forEach((id, project) => {
    if (!terms.prefunded.has(project)) return;
    if (account.excluded(project) || account.room(project) < costs[project]) throw new RecountError(`${id} cannot be prefunded`);
    fund(count, project, costs[project], 'prefunded');
  });
  for (const project of enough) {
    if (!account.paid.has(project) && costs[project] === 0n && !account.excluded(project)) fund(count, project, 0n, 'free');
  }
  const able = (/** @type {number} */ project) => !account.excluded(project) && (terms.smallest.get(project) ?? costs[project]) <= account.room(project);
  return { ...count, candidates: enough.filter((project) => costs[project] > 0n && !account.paid.has(project) && able(project)) };
}

/** Fund the project. @param {Count} count @param {number} project @param {bigint} amount @param {string} phase @param {Fraction} [price] */
export function fund(count, project, amount, phase, price) {
  count.account.pay(project, amount);
  count.steps.push({ project, amount, phase, price });
}

/** The candidates that are not funded. @param {Count} count */
export const waiting = (count) => count.candidates.filter((project) => !count.account.paid.has(project));

/** The same count, to be carried on apart. @param {Count} count @returns {Count} */
export const fork = (count) => ({ ...count, account: count.account.copy(), steps: [...count.steps] });

/** Sort by falling rank, and equals in the tie order. @param {number[]} projects @param {Fraction[]} ranks @param {number[]} ties */
export const ranked = (projects, ranks, ties) => [...projects].sort((a, b) => compare(ranks[b], ranks[a]) || ties[a] - ties[b]);
