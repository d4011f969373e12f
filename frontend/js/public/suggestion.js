// What a suggestion must hold before it can be sent, and its draft on this device.
import { params, pence } from '../lib.js';

export const STEPS = ['idea', 'about', 'theme', 'place', 'costs', 'running', 'you', 'check'];
/** The most characters of each answer. */
export const LIMITS = { title: 90, summary: 200, description: 5000, place: 120, running_costs: 500, proposer: 90, contact_email: 254 };

const KEY = `pbvote-suggest:${params.round}`;
const WEEK = 7 * 24 * 60 * 60 * 1000;

/** @typedef {{what: string, amount: string, basis: string}} Line the amount as it was typed */

export const emptyForm = () => ({
  title: '', summary: '', description: '', category: '', place: '', running_costs: '', proposer: '', contact_email: '',
  lines: /** @type {Line[]} */ ([{ what: '', amount: '', basis: 'estimate' }]), savedAt: 0,
});

/** @typedef {ReturnType<typeof emptyForm>} Form */

/** @returns {Form} */
export function loadForm() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    if (found && Date.now() - found.savedAt < WEEK) return { ...emptyForm(), ...found };
  } catch {
    // not readable: begin anew
  }
  return emptyForm();
}

/** @param {Form} form */
export function saveForm(form) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...form, savedAt: Date.now() }));
  } catch {
    // storage is full or off: the answers stay on the page
  }
}

export const forgetForm = () => localStorage.removeItem(KEY);

/** @param {Line[]} lines pence in all */
export const linesTotal = (lines) => lines.reduce((sum, line) => sum + (pence(line.amount) ?? 0), 0);

/** @param {string} code @param {string} field @param {Record<string, number>} [given] @returns {import('../lib.js').Reason} */
const reason = (code, field, given = {}) => ({ code, field, params: given, detail: '' });

/** @param {Line[]} lines @param {any} round */
export function costProblems(lines, round) {
  const cost = linesTotal(lines);
  if (cost === 0) return [reason('cost_missing', 'lines')];
  if (round.largest_award && cost > round.largest_award) return [reason('cost_too_large', 'lines', { cost, largest: round.largest_award })];
  if (cost > round.budget) return [reason('cost_over_budget', 'lines', { cost, budget: round.budget })];
  if (round.smallest_award && cost < round.smallest_award) return [reason('cost_too_small', 'lines', { cost, smallest: round.smallest_award })];
  return [];
}

/** Everything wrong with one step. @param {string} step @param {Form} form @param {any} round */
export function wrongIn(step, form, round) {
  const needed = { idea: ['title', 'summary'], about: ['description'], place: ['place'], you: ['proposer'] }[step] ?? [];
  const here = { idea: ['title', 'summary'], about: ['description'], place: ['place'], running: ['running_costs'], you: ['proposer'] }[step] ?? [];
  const values = /** @type {Record<string, string>} */ (/** @type {unknown} */ (form));
  const reasons = needed.filter((name) => !values[name].trim()).map((name) => reason(`${name}_missing`, name));
  reasons.push(...here.filter((name) => values[name].length > /** @type {any} */ (LIMITS)[name]).map((name) => reason('text_too_long', name, { most: /** @type {any} */ (LIMITS)[name] })));
  if (step === 'theme' && !form.category) reasons.push(reason('category_missing', 'category'));
  if (step === 'you' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(form.contact_email.trim())) reasons.push(reason('bad_email', 'contact_email'));
  if (step === 'costs') {
    form.lines.forEach((line, index) => {
      const empty = !line.what.trim() && !line.amount.trim();
      if (empty && form.lines.length > 1) return;
      if (!line.what.trim()) reasons.push(reason('line_what_missing', `lines.${index}.what`));
      if (!pence(line.amount)) reasons.push(reason('line_amount_wrong', `lines.${index}.amount`));
    });
    if (reasons.length === 0) reasons.push(...costProblems(form.lines, round));
  }
  return reasons;
}
