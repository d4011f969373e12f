// The Method of Equal Shares. Peters, Pierczynski, Skowron: Proportional Participatory Budgeting with Additive Utilities (NeurIPS 2021).
//
// Every voter begins with the same money. A project is affordable at rho if its supporters can cover its cost when each pays rho for each unit
// of what the project is worth to them, or all they have left. The project affordable at the lowest rho is bought, until there is none.
import { backing } from './backing.js';
import { RecountError } from './error.js';
import { greedy, scores, takeInOrder } from './greedy.js';
import { fork, fund } from './opening.js';
import { shop } from './shopping.js';
import { worths } from './support.js';

/**
 * @typedef {import('./opening.js').Count} Count @typedef {import('./backing.js').Backing} Backing @typedef {import('./exact.js').Fraction} Fraction
 * @typedef {import('./shopping.js').Spree} Spree
 * @typedef {{utility: string, completion: string, start: string, step: bigint, stop_when_exhaustive: boolean, max_steps: bigint, comparison: boolean, eligibility: Fraction}} Values
 */

/** @param {Count} count @param {Values} given @param {(done: number) => void} progress */
export function equalShares(count, given, progress) {
  const rival = fork(count);
  dropIneligible(count, given.eligibility);
  const backed = backing(count, given.utility);
  let spree = shop(count, backed, firstShare(count, given.start), given.utility === 'cost');
  if (given.completion !== 'none') spree = raiseShare(count, backed, spree, given, progress);
  count.finalShare = spree.share;
  for (const { project, price } of spree.bought) fund(count, project, count.election.costs[project], 'equal-shares', price);
  if (given.completion === 'add1u') takeInOrder(count, scores(count, 'votes'), 'completion', true);
  if (!given.comparison) return;
  greedy(rival, { utility: given.utility === 'cost' ? 'votes' : given.utility, skip: true, threshold: 0n });
  if (morePrefer(count, rival, given.utility)) Object.assign(count, { account: rival.account, steps: rival.steps });
}

/** A candidate takes part only if its votes / voters are at least `least` times its cost / budget. @param {Count} count @param {Fraction} least */
function dropIneligible(count, least) {
  const { costs, budget, voters } = count.election;
  count.candidates = count.candidates.filter((project) => {
    const votes = BigInt(count.votes[project]) * budget * least.under;
    return votes >= least.over * costs[project] * BigInt(voters);
  });
}

/** The money left for each voter, or (`floor`) the whole currency units in it. @param {Count} count @param {string} start @returns {Fraction} */
function firstShare({ account, election }, start) {
  const voters = BigInt(election.voters);
  if (voters === 0n) return { over: 0n, under: 1n };
  if (start === 'exact') return { over: account.left, under: voters };
  return { over: account.left / (voters * election.minorUnits) * election.minorUnits, under: 1n };
}

/**
 * Add1: raise the share by one step again and again, as long as the money is enough for what is then bought. It ends too when nothing is left
 * that may be bought; with `stop_when_exhaustive` as soon as nothing else fits. @param {Count} count @param {Backing} backed @param {Spree} spree
 * @param {Values} given @param {(done: number) => void} progress @returns {Spree}
 */
function raiseShare(count, backed, spree, given, progress) {
  const { costs } = count.election;
  for (let done = 1; done <= given.max_steps; done += 1) {
    const { account, share } = spree;
    const mayCome = [...backed.backers.keys()].filter((project) => !account.paid.has(project) && !account.blocked(project, costs[project]));
    const fitting = mayCome.filter((project) => costs[project] <= account.left);
    if (mayCome.length === 0 || (given.stop_when_exhaustive && fitting.length === 0)) return spree;
    const higher = shop(count, backed, { over: share.over + given.step * share.under, under: share.under }, given.utility === 'cost');
    if (higher.account.left < 0n) return spree;
    spree = higher;
    progress(done);
  }
  throw new RecountError(`the share was raised ${given.max_steps} times and could still grow`);
}

/** Do more voters like the rival's outcome better than like it less? @param {Count} count @param {Count} rival @param {string} utility */
function morePrefer(count, rival, utility) {
  const { starts, listed, heads, costs } = count.election;
  const worth = worths(count.election, utility);
  let balance = 0;
  heads.forEach((voters, b) => {
    let better = 0n;
    for (let e = starts[b]; e < starts[b + 1]; e += 1) {
      const side = Number(rival.account.paid.has(listed[e])) - Number(count.account.paid.has(listed[e]));
      if (side !== 0 && worth[e] > 0) better += BigInt(side * worth[e]) * (utility === 'cost' ? costs[listed[e]] : 1n);
    }
    balance += better > 0n ? voters : 0;
    balance -= better < 0n ? voters : 0;
  });
  return balance > 0;
}
