// What a suggestion must hold before it can be sent. The server judges the same, with the same codes and numbers.
import { pence } from '../lib.js';

const STEPS = ['title', 'what', 'where', 'cost', 'match', 'help', 'photos', 'contact', 'check'];
/** The most characters of each answer. */
export const LIMITS = { title: 90, summary: 200, description: 5000, place: 120, running_costs: 500, proposer: 90, contact_email: 254 };
const MOST_HOURS = 100_000;

/** Where each answer is asked. @type {Record<string, string>} */
const ASKED = {
  title: 'title', summary: 'title', description: 'what', category: 'what', place: 'where', lines: 'cost', ask: 'match', match: 'match', match_cash: 'match',
  match_kind: 'match', match_hours: 'match', smallest: 'match', running_costs: 'help', proposer: 'contact', contact_email: 'contact', photo: 'photos', document: 'photos',
};
/** @param {string} field */
export const stepOf = (field) => ASKED[field.split('.')[0]] ?? 'check';
/** The pages of a round's form; one that gives no money asks for none. @param {any} round */
export const stepsOf = (round) => (round.advisory ? STEPS.filter((step) => step !== 'match' && step !== 'cost') : STEPS);

/** @typedef {{what: string, amount: string, basis: string}} Line the amount as it was typed */

export const emptyForm = () => ({
  title: '', summary: '', description: '', category: '', place: '', running_costs: '', proposer: '', contact_email: '',
  lines: /** @type {Line[]} */ ([{ what: '', amount: '', basis: 'estimate' }]), ask: '', smallest: '', match_cash: '', match_kind: '', match_hours: '',
  whole_area: false, latitude: /** @type {number | null} */ (null), longitude: /** @type {number | null} */ (null),
});

/** @typedef {ReturnType<typeof emptyForm>} Form */

/** @param {Line[]} lines pence in all */
export const linesTotal = (lines) => lines.reduce((sum, line) => sum + (pence(line.amount) ?? 0), 0);

/** Pence that were typed; nothing typed is nothing. @param {string} text */
const amount = (text) => (text.trim() ? pence(text) : 0);
/** @param {string} text */
const hours = (text) => (/^\d{1,9}$/.test(text.trim() || '0') ? Number(text.trim() || '0') : null);

/** What a proposal costs in all, asks for and brings, in pence. @param {Form} form */
export function moneyOf(form) {
  const whole = linesTotal(form.lines);
  return {
    whole, ask: form.ask.trim() ? pence(form.ask) ?? 0 : whole, cash: amount(form.match_cash) ?? 0, kind: amount(form.match_kind) ?? 0, hours: hours(form.match_hours) ?? 0,
  };
}

/** What is brought of what counts, in pence. @param {any} rule @param {ReturnType<typeof moneyOf>} money */
export function broughtOf(rule, money) {
  const worth = /** @type {Record<string, number>} */ ({ cash: money.cash, kind: money.kind, hours: money.hours * (rule.hour_value ?? 0) });
  return [...new Set(rule.counts)].reduce((sum, kind) => sum + worth[/** @type {string} */ (kind)], 0);
}

/** The most that may be asked for. @param {any} rule @param {number} whole pence */
export const mostToAsk = (rule, whole) => Math.min(Math.floor((whole * rule.part) / rule.of), rule.cap ?? Infinity);

/** @param {string} code @param {string} field @param {Record<string, number>} [given] @returns {import('../lib.js').Reason} */
const reason = (code, field, given = {}) => ({ code, field, params: given, detail: '' });

/** What is wrong with an award of this height. @param {number} cost @param {any} round @param {string} field */
function awardProblems(cost, round, field) {
  if (round.largest_award && cost > round.largest_award) return [reason('cost_too_large', field, { cost, largest: round.largest_award })];
  if (cost > round.budget) return [reason('cost_over_budget', field, { cost, budget: round.budget })];
  if (round.smallest_award && cost < round.smallest_award) return [reason('cost_too_small', field, { cost, smallest: round.smallest_award })];
  return [];
}

/** Everything wrong with what is asked for and brought. @param {Form} form @param {any} round */
export function moneyProblems(form, round) {
  const money = moneyOf(form);
  const typed = /** @type {const} */ (['ask', 'match_cash', 'match_kind', 'smallest']);
  const reasons = typed.filter((name) => amount(form[name]) === null).map((name) => reason('bad_amount', name));
  if (hours(form.match_hours) === null || money.hours > MOST_HOURS) reasons.push(reason('bad_hours', 'match_hours', { most: MOST_HOURS }));
  if (reasons.length > 0) return reasons;
  reasons.push(...awardProblems(money.ask, round, 'ask'));
  if (money.ask > money.whole) reasons.push(reason('ask_over_cost', 'ask', { ask: money.ask, whole: money.whole }));
  return reasons.length > 0 ? reasons : [...matchProblems(round.match, money), ...smallestProblems(form, round, money.ask)];
}

/** @param {any} rule @param {ReturnType<typeof moneyOf>} money */
function matchProblems(rule, money) {
  if (!rule) return [];
  const reasons = [];
  const most = mostToAsk(rule, money.whole);
  if (money.ask > most) reasons.push(reason('ask_over_the_match_rule', 'ask', { ask: money.ask, most, part: rule.part, of: rule.of }));
  const [needed, brought] = [money.whole - money.ask, broughtOf(rule, money)];
  if (brought < needed) reasons.push(reason('match_too_small', 'match', { needed, brought, missing: needed - brought }));
  return reasons;
}

/** @param {Form} form @param {any} round @param {number} ask */
function smallestProblems(form, round, ask) {
  if (!form.smallest.trim() || !round.part_funding) return [];
  const smallest = amount(form.smallest) ?? 0;
  return smallest > 0 && smallest <= ask ? [] : [reason('smallest_over_ask', 'smallest', { smallest, ask })];
}

/** @param {Form} form */
function lineProblems(form) {
  /** @type {import('../lib.js').Reason[]} */
  const reasons = [];
  form.lines.forEach((line, index) => {
    const empty = !line.what.trim() && !line.amount.trim();
    if (empty && form.lines.length > 1) return;
    if (!line.what.trim()) reasons.push(reason('line_what_missing', `lines.${index}.what`));
    if (!pence(line.amount)) reasons.push(reason('line_amount_wrong', `lines.${index}.amount`));
  });
  return reasons.length === 0 && linesTotal(form.lines) === 0 ? [reason('cost_missing', 'lines')] : reasons;
}

/** @type {Record<string, string[]>} */
const TEXTS = { title: ['title', 'summary'], what: ['description'], where: ['place'], help: ['running_costs'], contact: ['proposer'] };

/** Everything wrong with one step. @param {string} step @param {Form} form @param {any} round */
export function wrongIn(step, form, round) {
  const here = TEXTS[step] ?? [];
  const needed = here.filter((name) => name !== 'running_costs' && !(name === 'place' && form.whole_area));
  const values = /** @type {Record<string, string>} */ (/** @type {unknown} */ (form));
  const reasons = needed.filter((name) => !values[name].trim()).map((name) => reason(`${name}_missing`, name));
  reasons.push(...here.filter((name) => values[name].length > /** @type {any} */ (LIMITS)[name])
    .map((name) => reason('text_too_long', name, { length: values[name].length, most: /** @type {any} */ (LIMITS)[name] })));
  if (step === 'what' && !form.category) reasons.push(reason('category_missing', 'category'));
  if (step === 'contact' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(form.contact_email.trim())) reasons.push(reason('bad_email', 'contact_email'));
  if (step === 'cost') reasons.push(...lineProblems(form));
  if (step === 'match') reasons.push(...moneyProblems(form, round));
  return reasons;
}

/** What is sent: texts trimmed, amounts in pence. @param {Form} form @param {any} round */
export function toSend(form, round) {
  const money = moneyOf(form);
  const texts = Object.fromEntries(Object.keys(LIMITS).map((name) => [name, /** @type {any} */ (form)[name].trim()]));
  const lines = form.lines.filter((line) => line.what.trim() || line.amount.trim())
    .map((line) => ({ what: line.what.trim(), amount: pence(line.amount) ?? 0, basis: line.basis === 'quote' ? 'quote' : 'estimate' }));
  return {
    ...texts, category: form.category, lines: round.advisory ? [] : lines, ask: round.advisory || money.ask === money.whole ? null : money.ask,
    smallest: round.part_funding && !round.advisory && form.smallest.trim() ? pence(form.smallest) : null, match_cash: money.cash, match_kind: money.kind, match_hours: money.hours,
    whole_area: form.whole_area, latitude: form.latitude, longitude: form.longitude,
  };
}
