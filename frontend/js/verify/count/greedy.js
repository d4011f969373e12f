// Greedy: by falling score, or by falling score for each unit of cost, take what fits.
import { fund, ranked, waiting } from './opening.js';
import { totals } from './support.js';

/** @typedef {import('./opening.js').Count} Count @typedef {import('./exact.js').Fraction} Fraction */
/** @typedef {{utility: string, skip: boolean, threshold: bigint}} Values */

/** Most votes (points, Borda points) first. @param {Count} count @param {Values} given */
export function greedy(count, given) {
  dropWeak(count, given);
  takeInOrder(count, scores(count, given.utility), 'greedy', given.skip);
}

/** Most votes (points, Borda points) for the money first. @param {Count} count @param {Values} given */
export function greedyPerCost(count, given) {
  dropWeak(count, given);
  takeInOrder(count, scoresPerCost(count, given.utility), 'greedy', given.skip);
}

/** Leave out the candidates with a score below the threshold, if there is one above 0. @param {Count} count @param {Values} given */
function dropWeak(count, { utility, threshold }) {
  const score = totals(count.election, utility);
  if (threshold > 0n) count.candidates = count.candidates.filter((project) => BigInt(score[project]) >= threshold);
}

/** @param {Count} count @param {string} utility @returns {Fraction[]} */
export const scores = ({ election }, utility) => totals(election, utility).map((score) => ({ over: BigInt(score), under: 1n }));

/** What costs nothing is taken to cost 1. @param {Count} count @param {string} utility @returns {Fraction[]} */
export const scoresPerCost = ({ election }, utility) => totals(election, utility).map((score, project) => ({ over: BigInt(score), under: election.costs[project] || 1n }));

/** Take projects by falling rank; pass over what does not fit or, without `skip`, stop there. @param {Count} count @param {Fraction[]} ranks @param {string} phase @param {boolean} skip */
export function takeInOrder(count, ranks, phase, skip) {
  const { account, election, terms } = count;
  for (const project of ranked(waiting(count), ranks, count.ties)) {
    const cost = election.costs[project];
    const least = terms.smallest.get(project) ?? cost;
    if (account.blocked(project, least)) continue;
    const room = account.room(project);
    if (least <= room) fund(count, project, cost < room ? cost : room, phase);
    else if (!skip) return;
  }
}
