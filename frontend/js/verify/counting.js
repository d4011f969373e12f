// Counting a bundle again from its config and its ballots alone, and comparing that with its outcome.
import { FORM, readBallot } from '../ballotbox/ballot.js';
import { MalformedError } from '../ballotbox/bytes.js';
import { isObject } from '../ballotbox/documents.js';
import { hundredths } from './decimals.js';
import { note, said, verdict, wrong } from './findings.js';
import { readListed, voteKey } from './pabulib.js';

/** @type {Record<string, number>} */
const FORMS = { 'approval': FORM.SET, 'choose-1': FORM.SET, 'ordinal': FORM.RANKING, 'cumulative': FORM.POINTS, 'scoring': FORM.POINTS };

/** Rules that choose, or put in order, and award nothing. */
const WITHOUT_MONEY = ['top', 'priorities'];

/**
 * @typedef {import('./bundle.js').Bundle} Bundle @typedef {import('./findings.js').Finding} Finding @typedef {import('./findings.js').Said} Said
 * @typedef {{id: string, cost: number, categories: string[]}} Project
 * Amounts in hundredths of the currency. `cast` are the different votes, each with how often it was cast.
 * @typedef {{projects: Project[], budget: number, voteType: string, minorUnits: number, cast: {projects: string[], points: number[], count: number}[]}} Election
 * @typedef {{pots: {id: string, amount: number, categories: string[], projects: string[]}[], prefunded: string[], exclusions: string[][], minVotes: number,
 *   smallest: Record<string, number>, reserve: number}} Terms
 * The second count. @typedef {(election: Election, rule: string, parameters: object, ties: string, terms: Terms, progress?: () => void) =>
 *   {steps: {project: string, amount: number | bigint}[], cost: number | bigint}} Recount
 */

/** Does election.pb list the ballots, and does counting them by the rule give the outcome? @param {Bundle} bundle @param {Recount} recount @param {() => void} progress @returns {Finding[]} */
export function checkCount(bundle, recount, progress) {
  if (bundle.ballots === null) return [note('totals_not_counted')];
  /** @type {Finding[]} */
  const findings = [];
  try {
    const election = electionOf(bundle);
    findings.push(checkListed(election, /** @type {Uint8Array} */ (bundle.files.get('election.pb'))));
    findings.push(checkOutcome(bundle, election, recount, progress));
  } catch (error) {
    // Config and outcome are whatever somebody signed: an odd one is wrong, and no reason to stop.
    findings.push(wrong('count_impossible', {}, error instanceof Error ? error.message : String(error)));
  }
  return findings;
}

/** @param {Election} election @param {Uint8Array} file @returns {Finding} */
function checkListed(election, file) {
  const ranked = election.voteType === 'ordinal';
  const listed = readListed(file, ranked);
  const problems = [];
  const sameCosts = election.projects.length === listed.costs.size && election.projects.every(({ id, cost }) => listed.costs.get(id) === cost);
  if (listed.budget !== election.budget || !sameCosts) problems.push(said('listed_costs'));
  const { cast } = election;
  const sameVotes = cast.length === listed.votes.size && cast.every(({ projects, points, count }) => listed.votes.get(voteKey(projects, points, ranked)) === count);
  if (!sameVotes) problems.push(said('listed_votes'));
  return verdict('listed', { count: cast.reduce((sum, vote) => sum + vote.count, 0) }, problems);
}

/** @param {Bundle} bundle @param {Election} election @param {Recount} recount @param {() => void} progress @returns {Finding} */
function checkOutcome(bundle, election, recount, progress) {
  const { config, outcome } = bundle;
  const rule = text(object(config.rule).id);
  const ties = [...list(config.ties).map(text), ...seeds(bundle)].join(',') || 'ballot-order';
  /** @type {Map<number, number | bigint>} */
  const rows = list(object(outcome).projects);
  const placing = WITHOUT_MONEY.includes(rule);
  const told = new Map(rows.map((one) => [whole(one.number), placing ? whole(one.step ?? 0) : whole(one.awarded)]));
  const again = recount(election, rule, object(object(config.rule).parameters), ties, termsOf(config), progress);
  if (placing) return checkPlaces(config, told, again.steps.map(({ project }) => project), rule);
  const amounts = new Map(again.steps.map(({ project, amount }) => [project, amount]));
  const problems = [];
  for (const { number, reference } of [...config.projects].sort((first, second) => first.number - second.number)) {
    const [published, counted] = [told.get(number) ?? 0, amounts.get(reference) ?? 0];
    if (BigInt(published) !== BigInt(counted)) problems.push(said('outcome_project', { number, published: Number(published), counted: Number(counted) }));
    told.delete(number);
  }
  if (told.size > 0) problems.push(said('outcome_unknown'));
  const currency = typeof config.currency === 'string' ? config.currency : '';
  return verdict('outcome', { rule, count: amounts.size, cost: Number(again.cost), currency }, problems);
}

/** Are the projects chosen, and their places, those of the second count? @param {Record<string, any>} config @param {Map<number, number | bigint>} told @param {string[]} order @param {string} rule @returns {Finding} */
function checkPlaces(config, told, order, rule) {
  const problems = [];
  for (const { number, reference } of [...config.projects].sort((first, second) => first.number - second.number)) {
    const [published, counted] = [Number(told.get(number) ?? 0), order.indexOf(reference) + 1];
    if (published !== counted) problems.push(said('outcome_place', { number, published, counted }));
    told.delete(number);
  }
  if (told.size > 0) problems.push(said('outcome_unknown'));
  return verdict('outcome_places', { rule, count: order.length }, problems);
}

/** The dice rolled after the close to break ties, the last roll if there were several. @param {Bundle} bundle */
function seeds({ log }) {
  const dice = log.events.findLast(({ type, fields }) => type === 'dice' && fields.purpose === 'ties');
  return dice ? [`lot:${dice.fields.digits}`] : [];
}

/** @param {Bundle} bundle @returns {Election} */
function electionOf(bundle) {
  const { config } = bundle;
  const projects = list(config.projects).map((one) => ({ id: text(one.reference), cost: whole(one.cost), categories: one.category ? [text(one.category)] : [] }));
  const names = new Map(list(config.projects).map((one) => [whole(one.number), text(one.reference)]));
  if (names.size !== projects.length || new Set(names.values()).size !== projects.length) throw new MalformedError('two projects in config.json have one number or reference');
  const form = Object.hasOwn(FORMS, config.vote_type) ? FORMS[config.vote_type] : 0;
  if (form === 0) throw new MalformedError('config.json does not say how people voted');
  const cast = votes(bundle).map(({ ballot, count }) => ({ projects: referencesOf(ballot, form, names), points: ballot.points, count }));
  return { projects, budget: whole(config.budget), voteType: config.vote_type, minorUnits: 100, cast };
}

/** The different ballots, and how often each was cast. @param {Bundle} bundle */
function votes({ ballots, poll }) {
  /** @type {Map<string, {ballot: ReturnType<typeof readBallot>, count: number}>} */
  const found = new Map();
  const { canonical, ends } = /** @type {import('./bundle.js').Ballots} */ (ballots);
  for (let number = 0; number + 1 < ends.length; number += 1) {
    const bytes = canonical.subarray(ends[number], ends[number + 1]);
    const key = String.fromCharCode(...bytes.subarray(17));
    const vote = found.get(key);
    if (vote) vote.count += 1;
    else found.set(key, { ballot: readBallot(bytes, poll), count: 1 });
  }
  return [...found.values()];
}

/** @param {ReturnType<typeof readBallot>} ballot @param {number} form @param {Map<number, string>} names */
function referencesOf(ballot, form, names) {
  if (ballot.form !== form) throw new MalformedError('a ballot is in another form than this vote');
  return ballot.projects.map((number) => {
    const name = names.get(number);
    if (name === undefined) throw new MalformedError(`a ballot names the project ${number}, which there is not`);
    return name;
  });
}

/** The conditions, whose amounts are in currency units: whole numbers, or texts such as `12.50`. @param {Record<string, any>} config @returns {Terms} */
function termsOf(config) {
  const given = object(config.conditions ?? {});
  const amount = (/** @type {unknown} */ value) => hundredths(typeof value === 'number' ? String(value) : text(value));
  const texts = (/** @type {unknown} */ value) => list(value).map(text);
  return {
    pots: list(given.pots ?? []).map((pot) => ({ id: text(pot.id), amount: amount(pot.amount), categories: texts(pot.categories), projects: texts(pot.projects) })),
    prefunded: texts(given.prefunded ?? []),
    exclusions: list(given.exclusions ?? []).map(texts),
    minVotes: whole(given.min_votes ?? 0),
    smallest: Object.fromEntries(Object.entries(object(given.smallest ?? {})).map(([project, least]) => [project, amount(least)])),
    reserve: whole(given.reserve ?? 0),
  };
}

/** @param {unknown} value @returns {string} */
function text(value) {
  if (typeof value !== 'string') throw new MalformedError('config.json has something else where a text belongs');
  return value;
}

/** @param {unknown} value @returns {number} */
function whole(value) {
  if (typeof value !== 'number') throw new MalformedError('config.json or outcome.json has something else where a number belongs');
  return value;
}

/** @param {unknown} value @returns {any[]} */
function list(value) {
  if (!Array.isArray(value)) throw new MalformedError('config.json or outcome.json has something else where a list belongs');
  return value;
}

/** @param {unknown} value @returns {Record<string, any>} */
function object(value) {
  if (!isObject(value)) throw new MalformedError('config.json or outcome.json has something else where an object belongs');
  return value;
}
