// The conditions of a round, whatever the rule.
import { amount } from './election.js';
import { RecountError } from './error.js';

/**
 * @typedef {import('./election.js').Election} Election
 * @typedef {{id: string, amount: number | bigint, categories?: string[], projects?: string[]}} Pot
 * @typedef {{pots?: Pot[], prefunded?: string[], exclusions?: string[][], minVotes?: number, smallest?: Record<string, number | bigint>, reserve?: number}} GivenTerms
 */

/**
 * `pots` with whom they may pay for; together they are the budget. `prefunded` are paid first; of each group in `exclusions` one is funded at
 * most; a project needs `minVotes`; one in `smallest` may get a part of its cost, that at least; `reserve` projects are listed as next.
 * @typedef {object} Terms
 * @property {{amount: bigint, pays: boolean[]}[]} pots @property {Set<number>} prefunded @property {number[][]} exclusions
 * @property {number} minVotes @property {Map<number, bigint>} smallest @property {number} reserve
 */

export const CONDITIONS = ['exclusions', 'minVotes', 'pots', 'prefunded', 'reserve', 'smallest'];
const MOST_POTS = 12; // as in a round: every set of pots is looked at

/** Which conditions are asked for. @param {GivenTerms} given */
export function asked(given) {
  return CONDITIONS.filter((name) => {
    const value = given[/** @type {keyof GivenTerms} */ (name)];
    return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
  });
}

/** Throws RecountError for what does not fit the election. @param {GivenTerms} given @param {Election} election @returns {Terms} */
export function readTerms(given, election) {
  const pots = given.pots?.length ? given.pots : [{ id: 'budget', amount: election.budget }];
  if (pots.length > MOST_POTS) throw new RecountError(`there are more than ${MOST_POTS} pots`);
  const read = pots.map((pot) => ({ amount: amount(pot.amount, `what the pot ${pot.id} holds`), pays: paysFor(pot, election) }));
  if (read.reduce((sum, pot) => sum + pot.amount, 0n) !== election.budget) throw new RecountError('the pots are not the budget');
  const number = (/** @type {string} */ id) => {
    const found = election.numbers.get(id);
    if (found === undefined) throw new RecountError(`the conditions name ${id}, which is not on the ballot`);
    return found;
  };
  return {
    pots: read,
    prefunded: new Set((given.prefunded ?? []).map(number)),
    exclusions: (given.exclusions ?? []).map((group) => group.map(number)),
    minVotes: Number(amount(given.minVotes ?? 0, 'the least number of votes')),
    smallest: new Map(Object.entries(given.smallest ?? {}).map(([id, least]) => [number(id), amount(least, `the least part of ${id}`)])),
    reserve: Number(amount(given.reserve ?? 0, 'how many come next')),
  };
}

/** For each project whether the pot may pay for it. @param {Pot} pot @param {Election} election */
function paysFor({ categories = [], projects = [] }, election) {
  const free = categories.length === 0 && projects.length === 0;
  return election.ids.map((id, place) => free || projects.includes(id) || election.categories[place].some((category) => categories.includes(category)));
}
