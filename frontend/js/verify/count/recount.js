// The third count: every rule once more, from its published definition, so that anybody's browser can count a published vote again.
// Integers and fractions decide; floating point only settles what need not be looked at, with bounds that are certain. It knows no page.
import { readElection } from './election.js';
import { equalShares } from './equal-shares.js';
import { RecountError } from './error.js';
import { plain, written } from './exact.js';
import { greedy, greedyPerCost, scores, scoresPerCost } from './greedy.js';
import { openCount, ranked, waiting } from './opening.js';
import { maxWelfare } from './max-welfare.js';
import { maximinSupport } from './maximin-support.js';
import { phragmen } from './phragmen.js';
import { choice, complete, number, share, toggle } from './parameters.js';
import { priorities, top } from './ranked.js';
import { asked, CONDITIONS, readTerms } from './terms.js';

export { RecountError };

/**
 * @typedef {import('./election.js').GivenElection} GivenElection @typedef {import('./terms.js').GivenTerms} GivenTerms
 * @typedef {import('./opening.js').Count} Count
 * @typedef {{count: (count: Count, given: any, progress: (done: number) => void) => void, parameters: Record<string, import('./parameters.js').Parameter>, honours: string[], ranks?: typeof scores}} Rule
 *   `honours`: the conditions that the rule can keep; `ranks`: by what projects come next, if not by votes
 */

const IN_LINE = { utility: choice('votes', 'points', 'borda'), skip: toggle(true), threshold: number(0n, 0n) };
const SHARES = {
  utility: choice('cost', 'votes', 'points', 'borda'),
  completion: choice('none', 'add1', 'add1u'),
  start: choice('exact', 'floor'),
  step: number(1n),
  stop_when_exhaustive: toggle(true),
  max_steps: number(1n, 10_000n),
  comparison: toggle(false),
  eligibility: share,
};
const SCORE = choice('votes', 'points', 'borda', 'mean');
const WHOLE = CONDITIONS.filter((name) => name !== 'smallest');

/** @type {Record<string, Rule>} */
const RULES = {
  greedy: { count: greedy, parameters: IN_LINE, honours: CONDITIONS, ranks: scores },
  'greedy-per-cost': { count: greedyPerCost, parameters: IN_LINE, honours: CONDITIONS, ranks: scoresPerCost },
  'equal-shares': { count: equalShares, parameters: SHARES, honours: WHOLE },
  phragmen: { count: phragmen, parameters: { skip: toggle(false) }, honours: WHOLE },
  'maximin-support': { count: maximinSupport, parameters: {}, honours: WHOLE },
  'max-welfare': { count: maxWelfare, parameters: { utility: choice('votes', 'cost', 'points', 'borda') }, honours: WHOLE },
  top: { count: top, parameters: { k: number(1n), utility: SCORE }, honours: ['minVotes'] },
  priorities: { count: priorities, parameters: { utility: SCORE }, honours: [] },
};

/**
 * Count an election. `parameters` not given take their defaults; `ties` is a tie order such as `cheapest,most-votes,lot:SEED`; amounts are minor
 * units, numbers or bigints. Throws RecountError for what is not known, does not fit the ballots, or cannot be done under the rule.
 * @param {GivenElection} election @param {string} rule @param {Record<string, unknown>} [parameters] @param {string} [ties] @param {GivenTerms} [terms]
 * @param {(done: number) => void} [progress] is told now and then how much is done: shares tried, projects bought or decided
 * @returns what is funded, in order, and what that costs; `finalShare`, `welfare` and each step's `price` are fractions as text, or undefined where
 *   the rule has none; `reserve` are the projects that come next
 */
export function recount(election, rule, parameters = {}, ties = 'cheapest,most-votes,ballot-order', terms = {}, progress = () => {}) {
  if (!Object.hasOwn(RULES, rule)) throw new RecountError(`the rule ${rule} is not known`);
  const method = RULES[rule];
  const refused = asked(terms).filter((name) => !method.honours.includes(name));
  if (refused.length > 0) throw new RecountError(`${rule} cannot keep the condition ${refused[0]}`);
  const read = readElection(election);
  const given = complete(method.parameters, 'step' in method.parameters ? { step: read.minorUnits, ...parameters } : parameters);
  const count = openCount(read, ties, readTerms(terms, read));
  method.count(count, given, progress);
  const id = (/** @type {number} */ project) => read.ids[project];
  return {
    steps: count.steps.map(({ project, amount, phase, price }) => ({ project: id(project), amount: plain(amount), phase, price: price && written(price) })),
    cost: plain(count.steps.reduce((sum, step) => sum + step.amount, 0n)),
    finalShare: count.finalShare && written(count.finalShare),
    welfare: count.welfare === undefined ? undefined : String(count.welfare),
    reserve: reserve(count, (method.ranks ?? scores)(count, given.utility && method.ranks ? given.utility : 'votes')).map(id),
  };
}

/** The first of those not funded. @param {Count} count @param {import('./exact.js').Fraction[]} ranks */
function reserve(count, ranks) {
  const next = waiting(count).filter((project) => !count.account.excluded(project));
  return ranked(next, ranks, count.ties).slice(0, count.terms.reserve);
}
