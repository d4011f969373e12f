// Who supports what, and how much it is worth to them.
import { RecountError } from './error.js';

/** @typedef {import('./election.js').Election} Election @typedef {import('./exact.js').Fraction} Fraction */

/**
 * What each entry of the ballots is worth to the voter. `votes`, `cost`: 1 for a project that is supported, which is listed or, where there
 * are points, given more than 0; otherwise 0. `points`: the points given, negative ones too. `borda`: as many as the ballot lists behind it.
 * @param {Election} election @param {string} utility @returns {Float64Array}
 */
export function worths(election, utility) {
  const { starts, points, voteType, hasPoints } = election;
  if (utility === 'borda' && voteType !== 'ordinal') throw new RecountError(`utility borda needs ordinal ballots; these are ${voteType}`);
  if (utility === 'points' && !hasPoints) throw new RecountError(`utility points needs cumulative or scoring ballots; these are ${voteType}`);
  if (utility === 'points') return points;
  if (utility !== 'borda') return points.map((given) => (given > 0 ? 1 : 0));
  const worth = new Float64Array(points.length);
  for (let b = 0; b + 1 < starts.length; b += 1) {
    for (let e = starts[b]; e < starts[b + 1]; e += 1) worth[e] = starts[b + 1] - e - 1;
  }
  return worth;
}

/** What each project is worth to all voters together; with `votes`, how many support it. @param {Election} election @param {string} utility @returns {number[]} */
export function totals(election, utility) {
  return sums(election, worths(election, utility));
}

/** By what projects are ranked: the totals or, for `mean`, the points for each voter who gave any, 0 too. @param {Election} election @param {string} utility @returns {Fraction[]} */
export function ranking(election, utility) {
  if (utility !== 'mean') return totals(election, utility).map((total) => ({ over: BigInt(total), under: 1n }));
  if (!election.hasPoints) throw new RecountError(`utility mean needs cumulative or scoring ballots; these are ${election.voteType}`);
  const raters = sums(election, new Float64Array(election.points.length).fill(1));
  return totals(election, 'points').map((total, project) => ({ over: BigInt(total), under: BigInt(raters[project] || 1) }));
}

/** @param {Election} election @param {Float64Array} worth of each entry */
function sums({ ids, starts, listed, heads }, worth) {
  const total = new Float64Array(ids.length);
  for (let b = 0; b < heads.length; b += 1) {
    for (let e = starts[b]; e < starts[b + 1]; e += 1) total[listed[e]] += worth[e] * heads[b];
  }
  return [...total];
}
