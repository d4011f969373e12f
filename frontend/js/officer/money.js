// Set-up: the pots, and the smallest and largest award.
import { announce, fieldId, html, icon, money, nothing, pence, reasonText, ruler, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';

/** @typedef {{funder: string, amount: string}} Pot */
/** @typedef {{pots: Pot[], smallest_award: string, largest_award: string}} Money */

const MOST_POTS = 20;

/** Pence as somebody would type it. @param {number | null} amount */
const typed = (amount) => (amount === null ? '' : amount % 100 === 0 ? String(amount / 100) : (amount / 100).toFixed(2));
/** @param {Pot} pot */
const isEmpty = (pot) => pot.funder.trim() === '' && pot.amount.trim() === '';
/** @param {string} text */
const shown = (text) => {
  const amount = pence(text);
  return amount === null ? text : money(amount);
};
/** The rows that say something, and where they stand on the page. @param {Money} values */
const filled = (values) => values.pots.map((pot, row) => ({ pot, row })).filter(({ pot }) => !isEmpty(pot));

/** @param {Money} values */
function check(values) {
  const reasons = filled(values).flatMap(({ pot, row }) => [
    ...(pot.funder.trim() ? [] : [ownReason('officer_funder_missing', `pots.${row}.funder`)]),
    ...(pence(pot.amount) ? [] : [ownReason(pot.amount.trim() ? 'officer_bad_amount' : 'officer_amount_missing', `pots.${row}.amount`)]),
  ]);
  for (const name of /** @type {const} */ (['smallest_award', 'largest_award'])) {
    if (values[name].trim() && !pence(values[name])) reasons.push(ownReason('officer_bad_amount', name));
  }
  return reasons;
}

/** @param {import('./setup-form.js').Form<Money>} form */
function potRows(form) {
  const { pots } = form.values;
  const change = (/** @type {number} */ row, /** @type {Partial<Pot>} */ to) => form.set({ pots: pots.map((pot, at) => (at === row ? { ...pot, ...to } : pot)) });
  const remove = (/** @type {number} */ row) => {
    form.set({ pots: pots.length === 1 ? [{ funder: '', amount: '' }] : pots.filter((_, at) => at !== row) });
    announce(t('officer.money.removed'));
    document.getElementById('add-pot')?.focus();
  };
  const add = () => {
    form.set({ pots: [...pots, { funder: '', amount: '' }] });
    document.getElementById(fieldId(`pots.${pots.length}.funder`))?.focus();
  };
  const problem = form.error('pots');
  return html`<fieldset class="field ${problem ? 'wrong' : ''}" id=${fieldId('pots')} tabindex="-1">
    <legend class="h2">${t('officer.money.pots')}</legend>
    <p class="hint">${t('officer.money.pots_hint')}</p>
    ${problem ? html`<p class="error">${reasonText(problem)}</p>` : nothing}
    ${pots.map((pot, row) => html`<div class="pot" role="group" aria-label=${t('officer.money.pot', { row: row + 1 })}>
      ${textField({ name: `pots.${row}.funder`, label: t('officer.money.funder'), value: pot.funder, error: form.error(`pots.${row}.funder`),
        input: (funder) => change(row, { funder }) })}
      ${textField({ name: `pots.${row}.amount`, label: t('officer.money.amount'), value: pot.amount, money: true, width: 'middle',
        error: form.error(`pots.${row}.amount`), input: (amount) => change(row, { amount }) })}
      <button class="plain" type="button" @click=${() => remove(row)}>${icon('close')}<span class="vh">${t('officer.money.remove', { row: row + 1, funder: pot.funder })}</span></button>
    </div>`)}
    ${pots.length < MOST_POTS ? html`<p><button class="button quiet" id="add-pot" type="button" @click=${add}>${t('officer.money.add')}</button></p>` : nothing}
    ${total(form.values)}</fieldset>`;
}

const COLOURS = /** @type {const} */ (['spaces', 'sport', 'streets', 'arts', 'parks', 'climate', 'older', 'young']);

/** @param {Money} values */
function total(values) {
  const blocks = filled(values).flatMap(({ pot, row }) => {
    const cost = pence(pot.amount);
    return cost ? [{ cost, theme: COLOURS[row % COLOURS.length], title: pot.funder }] : [];
  });
  const sum = blocks.reduce((all, block) => all + block.cost, 0);
  return html`<div class="total"><p class="row apart"><span>${t('officer.money.total')}</span><output class="amount">${money(sum)}</output></p>
    ${blocks.length > 1 ? ruler({ blocks, budget: sum, label: t('officer.money.ruler', { total: money(sum), count: blocks.length }) }) : nothing}</div>`;
}

setupPage(/** @type {import('./setup-form.js').Part<Money>} */ ({
  part: 'money',
  read: (setup) => ({
    pots: setup.pots.length ? setup.pots.map((/** @type {{funder: string, amount: number}} */ pot) => ({ funder: pot.funder, amount: typed(pot.amount) })) : [{ funder: '', amount: '' }],
    smallest_award: typed(setup.smallest_award),
    largest_award: typed(setup.largest_award),
  }),
  check,
  body: (values) => ({
    pots: filled(values).map(({ pot }) => ({ funder: pot.funder.trim(), amount: pence(pot.amount) })),
    smallest_award: values.smallest_award.trim() ? pence(values.smallest_award) : null,
    largest_award: values.largest_award.trim() ? pence(values.largest_award) : null,
  }),
  facts: (values) => [
    { name: 'pots', label: t('officer.money.pots'), text: filled(values).map(({ pot }) => `${pot.funder}: ${shown(pot.amount)}`).join('\n') },
    { name: 'smallest_award', label: t('officer.money.smallest'), text: shown(values.smallest_award) },
    { name: 'largest_award', label: t('officer.money.largest'), text: shown(values.largest_award) },
  ],
  fields: (form) => html`${potRows(form)}
    <h2>${t('officer.money.awards')}</h2>
    ${textField({ name: 'smallest_award', label: t('officer.money.smallest'), hint: t('officer.money.smallest_hint'), optional: true, money: true, width: 'middle',
      value: form.values.smallest_award, error: form.error('smallest_award'), input: (smallest_award) => form.set({ smallest_award }) })}
    ${textField({ name: 'largest_award', label: t('officer.money.largest'), hint: t('officer.money.largest_hint'), optional: true, money: true, width: 'middle',
      value: form.values.largest_award, error: form.error('largest_award'), input: (largest_award) => form.set({ largest_award }) })}`,
}));
