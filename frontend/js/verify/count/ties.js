// Between equals: the tie order.
import { hex, utf8 } from '../../ballotbox/bytes.js';
import { sha256 } from '../../ballotbox/sha256.js';
import { RecountError } from './error.js';

/** @typedef {import('./election.js').Election} Election */

/**
 * Each project's place in the tie order: between equals the one with the lowest place goes first. Ballot order is the last resort.
 * @param {Election} election @param {number[]} votes how many support each project
 * @param {string} order cheapest, most-votes, ballot-order and lot:SEED, joined with commas @returns {number[]}
 */
export function tiePlaces(election, votes, order) {
  const orders = order.split(',').map((part) => tieRule(election, votes, part.trim()));
  const sorted = election.ids.map((_, project) => project).sort((a, b) => {
    for (const first of orders) {
      const found = first(a, b);
      if (found !== 0) return found;
    }
    return a - b;
  });
  const places = new Array(sorted.length);
  sorted.forEach((project, place) => { places[project] = place; });
  return places;
}

/** Which of two projects goes first: below 0 for the first. @param {Election} election @param {number[]} votes @param {string} rule @returns {(a: number, b: number) => number} */
function tieRule({ ids, costs }, votes, rule) {
  const [name] = rule.split(':', 1);
  const seed = rule.slice(name.length + 1);
  if (name === 'cheapest') return (a, b) => order(costs[a], costs[b]);
  if (name === 'most-votes') return (a, b) => votes[b] - votes[a];
  if (name === 'ballot-order') return (a, b) => a - b;
  if (name !== 'lot' || !seed) throw new RecountError(`${rule} is no tie rule`);
  const drawn = ids.map((id) => hex(sha256(utf8(seed + id))));
  return (a, b) => order(drawn[a], drawn[b]);
}

/** @template T @param {T} a @param {T} b */
function order(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
