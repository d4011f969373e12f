// The election as the count reads it: projects are numbered in ballot order from 0, ballots lie one after the other in flat lists.
import { RecountError } from './error.js';
import { whole } from './exact.js';

/**
 * `points` are used where the vote type has any. `count` voters chose this.
 * @typedef {{projects: string[], points?: number[], count: number}} Cast
 * @typedef {{id: string, cost: number | bigint, categories?: string[]}} Project
 * @typedef {{projects: Project[], budget: number | bigint, voteType: string, minorUnits?: number, cast: Cast[]}} GivenElection
 */

/**
 * Ballot b, which `heads[b]` voters cast, lists `listed[e]` for e from `starts[b]` to before `starts[b + 1]`, in the voter's order and each
 * project once, and gives it `points[e]` (1 where there are no points). `heads` times all points can be added up without rounding.
 * @typedef {object} Election
 * @property {string[]} ids @property {bigint[]} costs @property {string[][]} categories @property {Map<string, number>} numbers
 * @property {bigint} budget @property {string} voteType @property {boolean} hasPoints @property {bigint} minorUnits
 * @property {number} voters @property {Int32Array} starts @property {Int32Array} listed @property {Float64Array} points @property {Float64Array} heads
 */

const TYPES = ['approval', 'choose-1', 'ordinal', 'cumulative', 'scoring'];
const LARGEST = 10n ** 100n; // of amounts: far below what floating point can come near
const EXACT = 2 ** 52; // sums up to here are exact in floating point, with a margin for adding up to see whether they are

/** Throws RecountError for what is not an election. @param {GivenElection} given @returns {Election} */
export function readElection(given) {
  const { projects, voteType, cast } = given;
  if (!TYPES.includes(voteType)) throw new RecountError(`there are no ${voteType} ballots`);
  const hasPoints = voteType === 'cumulative' || voteType === 'scoring';
  const numbers = new Map(projects.map((project, place) => [project.id, place]));
  if (numbers.size !== projects.length) throw new RecountError('two projects have the same id');
  return {
    ids: projects.map((project) => project.id),
    costs: projects.map((project) => amount(project.cost, `the cost of ${project.id}`)),
    categories: projects.map((project) => project.categories ?? []),
    numbers,
    budget: amount(given.budget, 'the budget'),
    voteType,
    hasPoints,
    minorUnits: amount(given.minorUnits ?? 100, 'how many minor units make a unit'),
    ...readCast(cast, numbers, hasPoints),
  };
}

/** An amount of money, not below 0. @param {unknown} value @param {string} what @returns {bigint} */
export function amount(value, what) {
  const units = whole(value, what);
  if (units < 0n || units > LARGEST) throw new RecountError(`${what} is ${units < 0n ? 'below 0' : 'too large'}`);
  return units;
}

/** A project listed twice on a ballot counts where it stands first. @param {Cast[]} cast @param {Map<string, number>} numbers @param {boolean} hasPoints */
function readCast(cast, numbers, hasPoints) {
  const entries = cast.reduce((sum, ballot) => sum + ballot.projects.length, 0);
  const starts = new Int32Array(cast.length + 1);
  const listed = new Int32Array(entries);
  const points = new Float64Array(entries).fill(1);
  const heads = new Float64Array(cast.length);
  const seen = new Int32Array(numbers.size).fill(-1);
  let [end, voters, largest] = [0, 0, 0];
  cast.forEach((ballot, b) => {
    heads[b] = count(ballot.count, 'how many cast a ballot');
    let most = 1;
    ballot.projects.forEach((id, place) => {
      const project = numbers.get(id);
      if (project === undefined) throw new RecountError(`a ballot lists ${id}, which is not on the ballot`);
      if (seen[project] === b) return;
      seen[project] = b;
      listed[end] = project;
      if (hasPoints) points[end] = Number(whole(ballot.points?.[place], `what a ballot gives ${id}`));
      most = Math.max(most, Math.abs(points[end]), ballot.projects.length);
      end += 1;
    });
    starts[b + 1] = end;
    voters += heads[b];
    largest += heads[b] * most;
  });
  if (largest > EXACT) throw new RecountError('there are more votes or points than can be added up here');
  return { starts, listed, points, heads, voters };
}

/** @param {unknown} value @param {string} what */
function count(value, what) {
  const number = whole(value, what);
  if (number < 1n) throw new RecountError(`${what} is below 1`);
  return Number(number);
}
