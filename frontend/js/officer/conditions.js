// Set-up: conditions that hold whatever the votes. All of them may be left empty.
import { announce, areaField, checkField, fieldId, html, icon, money, nothing, pence, reasonText, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';

/** @typedef {{id: string, amount: string, categories: string[], projects: number[]}} Pot `projects` are kept as they are */
/** @typedef {{min_votes: string, reserve: string, pots: Pot[], prefunded: string, exclusions: string, smallest: string}} Conditions */
/** @typedef {import('./setup-form.js').Form<Conditions>} ConditionsForm */

const MOST_POTS = 12;

/** Pence as somebody would type it. @param {number} amount */
const typed = (amount) => (amount % 100 === 0 ? String(amount / 100) : (amount / 100).toFixed(2));
/** A whole number of 0 or more; empty is 0. @param {string} text */
const whole = (text) => (/^\d{0,7}$/.test(text.trim()) ? Number(text.trim()) : null);
/** Numbers of proposals with commas or spaces between them; null where something else stands there. @param {string} text */
function numbers(text) {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  return parts.every((part) => /^\d{1,9}$/.test(part)) ? parts.map(Number) : null;
}
/** @param {string} text */
const lines = (text) => text.split('\n').map((line) => line.trim()).filter(Boolean);
/** A line for each proposal, `3: 1,000`; null where a line says something else. @param {string} text @returns {Record<string, number> | null} */
function parts(text) {
  const found = lines(text).map((line) => /^(\d{1,9})\s*:\s*(\S.*)$/.exec(line));
  const amounts = found.map((one) => one && pence(one[2]));
  return amounts.every(Boolean) ? Object.fromEntries(found.map((one, at) => [Number(one?.[1]), amounts[at]])) : null;
}
/** @param {Pot} pot */
const isEmpty = (pot) => pot.id.trim() === '' && pot.amount.trim() === '';
/** @param {Conditions} values */
const filled = (values) => values.pots.map((pot, row) => ({ pot, row })).filter(({ pot }) => !isEmpty(pot));

/** @param {Conditions} values */
function check(values) {
  const reasons = filled(values).flatMap(({ pot, row }) => [
    ...(pot.id.trim() ? [] : [ownReason('officer_pot_missing', `conditions.pots.${row}.id`)]),
    ...(pence(pot.amount) ? [] : [ownReason(pot.amount.trim() ? 'officer_bad_amount' : 'officer_amount_missing', `conditions.pots.${row}.amount`)]),
  ]);
  for (const name of /** @type {const} */ (['min_votes', 'reserve'])) if (whole(values[name]) === null) reasons.push(ownReason('officer_whole_or_zero', `conditions.${name}`));
  if (numbers(values.prefunded) === null) reasons.push(ownReason('officer_bad_numbers', 'conditions.prefunded'));
  if (lines(values.exclusions).some((line) => numbers(line) === null)) reasons.push(ownReason('officer_bad_numbers', 'conditions.exclusions'));
  if (parts(values.smallest) === null) reasons.push(ownReason('officer_bad_parts', 'conditions.smallest'));
  return reasons;
}

/** @param {Pot} pot @param {any} setup */
const paysFor = (pot, setup) => [
  ...setup.categories.filter((/** @type {{id: string}} */ one) => pot.categories.includes(one.id)).map((/** @type {{name: string}} */ one) => one.name),
  ...pot.projects.map((n) => t('officer.conditions.proposal', { number: n })),
].join(', ') || t('officer.conditions.anything');

/** @param {ConditionsForm} form */
function potRows(form) {
  const { pots } = form.values;
  const change = (/** @type {number} */ row, /** @type {Partial<Pot>} */ to) => form.set({ pots: pots.map((pot, at) => (at === row ? { ...pot, ...to } : pot)) });
  const remove = (/** @type {number} */ row) => {
    form.set({ pots: pots.filter((_, at) => at !== row) });
    announce(t('officer.money.removed'));
    document.getElementById('add-pot')?.focus();
  };
  const add = () => {
    form.set({ pots: [...pots, { id: '', amount: '', categories: [], projects: [] }] });
    document.getElementById(fieldId(`conditions.pots.${pots.length}.id`))?.focus();
  };
  const copy = () => form.set({ pots: form.setup.pots.map((/** @type {{funder: string, amount: number}} */ pot) => ({ id: pot.funder, amount: typed(pot.amount), categories: [], projects: [] })) });
  const tick = (/** @type {number} */ row, /** @type {string} */ id, /** @type {boolean} */ on) => change(row, { categories: on ? [...pots[row].categories, id] : pots[row].categories.filter((one) => one !== id) });
  const problem = form.error('conditions.pots');
  return html`<fieldset class="field ${problem ? 'wrong' : ''}" id=${fieldId('conditions.pots')} tabindex="-1"><legend class="h2">${t('officer.conditions.pots')}</legend>
    <p class="hint">${t('officer.conditions.pots_hint')}</p>${problem ? html`<p class="error">${reasonText(problem)}</p>` : nothing}
    ${pots.map((pot, row) => html`<div class="pot" role="group" aria-label=${t('officer.conditions.pot', { row: row + 1 })}>
      ${textField({ name: `conditions.pots.${row}.id`, label: t('officer.conditions.pot_name'), value: pot.id, error: form.error(`conditions.pots.${row}.id`), input: (id) => change(row, { id }) })}
      ${textField({ name: `conditions.pots.${row}.amount`, label: t('officer.money.amount'), value: pot.amount, money: true, width: 'middle', error: form.error(`conditions.pots.${row}.amount`), input: (amount) => change(row, { amount }) })}
      <button class="plain" type="button" @click=${() => remove(row)}>${icon('close')}<span class="vh">${t('officer.money.remove', { row: row + 1, funder: pot.id })}</span></button></div>
      <details class="more"><summary>${t('officer.conditions.pays_for', { what: paysFor(pot, form.setup) })}<span class="vh">: ${pot.id || row + 1}</span></summary>
        <fieldset class="field"><legend>${t('officer.conditions.only')}</legend><p class="hint">${t('officer.conditions.only_hint')}</p>
          ${form.setup.categories.map((/** @type {{id: string, name: string}} */ one, /** @type {number} */ at) => checkField({ name: `conditions.pots.${row}.category.${at}`, label: one.name, checked: pot.categories.includes(one.id), change: (on) => tick(row, one.id, on) }))}</fieldset></details>`)}
    <p class="row">${pots.length < MOST_POTS ? html`<button class="button quiet" id="add-pot" type="button" @click=${add}>${t('officer.conditions.add')}</button>` : nothing}
      ${pots.length === 0 && form.setup.pots.length ? html`<button class="link" type="button" @click=${copy}>${t('officer.conditions.copy')}</button>` : nothing}</p>
    ${pots.length === 0 ? nothing : total(form)}</fieldset>`;
}

/** @param {ConditionsForm} form */
function total(form) {
  const sum = filled(form.values).reduce((all, { pot }) => all + (pence(pot.amount) ?? 0), 0);
  return html`<p class="row apart"><span>${t('officer.conditions.total')}</span><output class="amount">${t('officer.conditions.of', { sum, budget: form.setup.budget })}</output></p>`;
}

/** @param {Conditions} values @param {any} setup */
const facts = (values, setup) => [
  { name: 'min_votes', label: t('officer.conditions.min_votes'), text: whole(values.min_votes) ? values.min_votes : '' },
  { name: 'pots', label: t('officer.conditions.pots'), text: filled(values).map(({ pot }) => `${pot.id}: ${money(pence(pot.amount) ?? 0)}, ${paysFor(pot, setup)}`).join('\n') },
  { name: 'prefunded', label: t('officer.conditions.prefunded'), text: values.prefunded },
  { name: 'exclusions', label: t('officer.conditions.exclusions'), text: values.exclusions },
  { name: 'smallest', label: t('officer.conditions.smallest'), text: values.smallest },
  { name: 'reserve', label: t('officer.conditions.reserve'), text: whole(values.reserve) ? values.reserve : '' },
];

/** @param {ConditionsForm} form */
function fields(form) {
  const { values } = form;
  const short = (/** @type {'min_votes' | 'reserve'} */ name) => textField({ name: `conditions.${name}`, label: t(`officer.conditions.${name}`), hint: t(`officer.conditions.${name}_hint`), mode: 'numeric', width: 'short', optional: true,
    value: values[name], error: form.error(`conditions.${name}`), input: (value) => form.set({ [name]: value }) });
  const area = (/** @type {'exclusions' | 'smallest'} */ name) => areaField({ name: `conditions.${name}`, label: t(`officer.conditions.${name}`), hint: t(`officer.conditions.${name}_hint`), rows: 3, optional: true,
    value: values[name], error: form.error(`conditions.${name}`), input: (value) => form.set({ [name]: value }) });
  return html`<p>${t('officer.conditions.lead')}</p>${short('min_votes')}${short('reserve')}${potRows(form)}
    <h2>${t('officer.conditions.proposals')}</h2><p class="hint">${t('officer.conditions.proposals_hint')}</p>
    ${textField({ name: 'conditions.prefunded', label: t('officer.conditions.prefunded'), hint: t('officer.conditions.prefunded_hint'), optional: true, value: values.prefunded, error: form.error('conditions.prefunded'), input: (prefunded) => form.set({ prefunded }) })}
    ${area('exclusions')}${area('smallest')}`;
}

setupPage(/** @type {import('./setup-form.js').Part<Conditions>} */ ({
  part: 'conditions',
  read: ({ conditions }) => ({
    min_votes: conditions.min_votes ? String(conditions.min_votes) : '', reserve: conditions.reserve ? String(conditions.reserve) : '',
    pots: conditions.pots.map((/** @type {any} */ pot) => ({ ...pot, amount: typed(pot.amount) })),
    prefunded: conditions.prefunded.join(', '), exclusions: conditions.exclusions.map((/** @type {number[]} */ group) => group.join(', ')).join('\n'),
    smallest: Object.entries(conditions.smallest).map(([n, least]) => `${n}: ${typed(Number(least))}`).join('\n'),
  }),
  check,
  body: (values) => ({
    min_votes: whole(values.min_votes), reserve: whole(values.reserve),
    pots: filled(values).map(({ pot }) => ({ ...pot, id: pot.id.trim(), amount: pence(pot.amount) })),
    prefunded: numbers(values.prefunded), exclusions: lines(values.exclusions).map(numbers), smallest: parts(values.smallest),
  }),
  facts, fields,
}));
