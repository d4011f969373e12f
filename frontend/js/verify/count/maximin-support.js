// The maximin support method for projects with costs. Aziz, Lee, Talmon: Proportionally Representative Participatory Budgeting: Axioms and Algorithms
// (AAMAS 2018), after Sanchez-Fernandez, Fernandez-Garcia, Fisteus, Brill: The Maximin Support Method (2021).
//
// The cost of each bought project is borne by its supporters, in whatever shares make the highest load of any voter as low as possible. How low that is:
// the largest cost(S) / |N(S)| over sets S of bought projects, where N(S) are the voters who support one of S (linear programming duality).
import { backing } from './backing.js';
import { overburdened } from './bearing.js';
import { Crowd } from './crowd.js';
import { compare, lowest } from './exact.js';
import { fund, waiting } from './opening.js';

/**
 * @typedef {import('./opening.js').Count} Count @typedef {import('./exact.js').Fraction} Fraction @typedef {import('./crowd.js').Network} Network
 * @typedef {{load: Fraction, set: number[]}} Heavy a load, and a set of projects that causes it
 */

/**
 * Buy the project with which the highest load is lowest, of those that fit in the money left, until none fits. Loads never fall as projects are bought,
 * nor does the load of a set; so only the project that could be next by what is known is looked at, until the one just looked at still is.
 * @param {Count} count @param {object} _given @param {(done: number) => void} progress
 */
export function maximinSupport(count, _given, progress) {
  const { account, candidates, ties, election: { costs } } = count;
  const crowd = new Crowd(backing(count, 'votes'));
  /** @type {Heavy[]} for each candidate the heaviest set known */
  const known = [];
  for (const project of candidates) known[project] = { load: { over: 0n, under: 1n }, set: [project] };
  /** @type {number[]} */
  const bought = [];
  for (let before = bought; ; before = known[bought[bought.length - 1]].set) {
    const able = waiting(count).filter((project) => !account.blocked(project, costs[project]) && costs[project] <= account.left);
    if (able.length === 0) return;
    const first = (/** @type {number} */ a, /** @type {number} */ b) => (compare(known[b].load, known[a].load) || ties[b] - ties[a]) < 0 ? b : a;
    const looked = new Set();
    let next = able.reduce(first);
    while (!looked.has(next)) {
      const projects = [...bought, next];
      known[next] = heaviest([before, known[next].set, projects], crowd.with(next), costs);
      looked.add(next);
      next = able.reduce(first);
    }
    bought.push(next);
    fund(count, next, costs[next], 'maximin-support', known[next].load);
    crowd.buy(next);
    progress(bought.length);
  }
}

/**
 * The highest load of any set of the network's projects, by Dinkelbach's method: begin with the heaviest of the sets in `first`, find the set whose cost
 * exceeds that load by most, repeat. @param {number[][]} first @param {Network} network @param {bigint[]} costs @returns {Heavy}
 */
function heaviest(first, network, costs) {
  const { projects } = network;
  const here = projects.map((project) => costs[project]);
  const measured = first.map((set) => weigh(set, network, here));
  let heavy = measured.reduce((one, other) => (compare(other.load, one.load) > 0 ? other : one));
  for (;;) {
    const above = overburdened(network, here, heavy.load);
    if (above.length === 0) return heavy;
    heavy = weigh(above.map((place) => projects[place]), network, here);
  }
}

/** The load that the set causes. @param {number[]} set @param {Network} network @param {bigint[]} costs of the network's projects @returns {Heavy} */
function weigh(set, { projects, heads, starts, placeOf }, costs) {
  const inSet = Uint8Array.from(projects, (project) => Number(set.includes(project)));
  let [people, cost] = [0, 0n];
  for (let k = 0; k < heads.length; k += 1) {
    let e = starts[k];
    while (e < starts[k + 1] && !inSet[placeOf[e]]) e += 1;
    if (e < starts[k + 1]) people += heads[k];
  }
  inSet.forEach((chosen, place) => { cost += chosen ? costs[place] : 0n; });
  return { load: lowest({ over: cost, under: BigInt(people || 1) }), set }; // nobody supports the empty set
}
