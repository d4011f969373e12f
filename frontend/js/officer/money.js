// Set-up: the pots and what each may pay for, what one proposal can get, and what it has to bring.
import { announce, checkField, fieldId, html, icon, money, nothing, pence, radioField, reasonText, ruler, selectField, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';

/** `proposals` are numbers that the pot is for: they are named once there are proposals. */
/** @typedef {{funder: string, amount: string, categories: string[], proposals: string, leftover: string}} Pot */
/** @typedef {{rule: string, part: string, of: string, cash: boolean, kind: boolean, hours: boolean, hour_value: string, cap: string}} Match */
/** @typedef {{pots: Pot[], smallest_award: string, largest_award: string, match: Match, part_funding: boolean}} Money */
/** @typedef {import('./setup-form.js').Form<Money>} MoneyForm */

const MOST_POTS = 20;
const COUNTED = /** @type {const} */ (['cash', 'kind', 'hours']);
/** The usual match rules: how much of the whole cost a pot gives. @type {Record<string, [number, number]>} */
const USUAL = { quarter: [1, 4], half: [1, 2], third: [1, 3] };
const NO_MATCH = { rule: 'none', part: '', of: '', cash: true, kind: false, hours: false, hour_value: '', cap: '' };
const LEFTOVERS = ['returned', 'reserve'];
/** @returns {Pot} */
const emptyPot = () => ({ funder: '', amount: '', categories: [], proposals: '', leftover: 'returned' });

/** Pence as somebody would type it. @param {number | null} amount */
const typed = (amount) => (amount === null ? '' : amount % 100 === 0 ? String(amount / 100) : (amount / 100).toFixed(2));
/** @param {Pot} pot */
const isEmpty = (pot) => pot.funder.trim() === '' && pot.amount.trim() === '';
/** @param {string} text */
const shown = (text) => {
  const amount = pence(text);
  return amount === null ? text : money(amount);
};
/** Numbers of proposals with commas or spaces between them; null where something else stands there. @param {string} text */
function numbers(text) {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  return parts.every((part) => /^\d{1,9}$/.test(part)) ? parts.map(Number) : null;
}
/** The rows that say something, and where they stand on the page. @param {Money} values */
const filled = (values) => values.pots.map((pot, row) => ({ pot, row })).filter(({ pot }) => !isEmpty(pot));

/** @param {any} rule @returns {Match} */
function readMatch(rule) {
  if (rule === null) return NO_MATCH;
  const usual = Object.entries(USUAL).find(([, [part, of]]) => part === rule.part && of === rule.of);
  const counts = /** @type {Record<'cash' | 'kind' | 'hours', boolean>} */ (Object.fromEntries(COUNTED.map((name) => [name, rule.counts.includes(name)])));
  return { rule: usual ? usual[0] : 'custom', part: String(rule.part), of: String(rule.of), ...counts, hour_value: typed(rule.hour_value), cap: typed(rule.cap) };
}

/** @param {Match} match */
function matchBody(match) {
  if (match.rule === 'none') return null;
  const [part, of] = USUAL[match.rule] ?? [Number(match.part), Number(match.of)];
  return { part, of, counts: COUNTED.filter((name) => match[name]), hour_value: match.hours ? pence(match.hour_value) : null, cap: match.cap.trim() ? pence(match.cap) : null };
}

/** @param {Match} match */
function matchProblems(match) {
  if (match.rule === 'none') return [];
  const share = match.rule !== 'custom' || (/^\d{1,4}$/.test(match.part) && /^\d{1,4}$/.test(match.of) && Number(match.part) > 0 && Number(match.part) < Number(match.of));
  return [
    ...(share ? [] : [ownReason('bad_match_share', 'match.part', { most: 1000 })]),
    ...(COUNTED.some((name) => match[name]) ? [] : [ownReason('match_counts_nothing', 'match.counts')]),
    ...(match.hours && !pence(match.hour_value) ? [ownReason('officer_bad_amount', 'match.hour_value')] : []),
    ...(match.cap.trim() && !pence(match.cap) ? [ownReason('officer_bad_amount', 'match.cap')] : []),
  ];
}

/** @param {Money} values */
function check(values) {
  const reasons = filled(values).flatMap(({ pot, row }) => [
    ...(pot.funder.trim() ? [] : [ownReason('officer_funder_missing', `pots.${row}.funder`)]),
    ...(pence(pot.amount) ? [] : [ownReason(pot.amount.trim() ? 'officer_bad_amount' : 'officer_amount_missing', `pots.${row}.amount`)]),
    ...(numbers(pot.proposals) ? [] : [ownReason('officer_bad_numbers', `pots.${row}.proposals`)]),
  ]);
  for (const name of /** @type {const} */ (['smallest_award', 'largest_award'])) {
    if (values[name].trim() && !pence(values[name])) reasons.push(ownReason('officer_bad_amount', name));
  }
  return [...reasons, ...matchProblems(values.match)];
}

/** @param {Pot} pot @param {any} setup */
const paysFor = (pot, setup) => [
  ...setup.categories.filter((/** @type {{id: string}} */ one) => pot.categories.includes(one.id)).map((/** @type {{name: string}} */ one) => one.name),
  ...(numbers(pot.proposals) ?? []).map((n) => t('officer.money.proposal', { number: String(n) })),
].join(', ') || t('officer.money.anything');

/** What a pot may pay for, and what becomes of what is left; closed until somebody wants it. @param {MoneyForm} form @param {Pot} pot @param {number} row @param {(to: Partial<Pot>) => void} change */
function fence(form, pot, row, change) {
  const { setup } = form;
  const tick = (/** @type {string} */ id, /** @type {boolean} */ on) => change({ categories: on ? [...pot.categories, id] : pot.categories.filter((one) => one !== id) });
  const problem = form.error(`pots.${row}`) ?? form.error(`pots.${row}.categories`) ?? form.error(`pots.${row}.proposals`);
  return html`<details class="more" id=${fieldId(`pots.${row}`)} ?open=${problem !== undefined}><summary>${t('officer.money.pays_for', { what: paysFor(pot, setup) })}<span class="vh">: ${pot.funder || row + 1}</span></summary>
    ${problem && problem.field !== `pots.${row}.proposals` ? html`<p class="error">${reasonText(problem)}</p>` : nothing}
    <fieldset class="field" id=${fieldId(`pots.${row}.categories`)} tabindex="-1"><legend>${t('officer.money.only')}</legend><p class="hint">${t('officer.money.only_hint')}</p>
      ${setup.categories.map((/** @type {{id: string, name: string}} */ one, /** @type {number} */ at) => checkField({ name: `pots.${row}.category.${at}`, label: one.name, checked: pot.categories.includes(one.id), change: (on) => tick(one.id, on) }))}</fieldset>
    ${setup.phase === 'draft' && pot.proposals === '' ? nothing : textField({ name: `pots.${row}.proposals`, label: t('officer.money.only_proposals'), hint: t('officer.money.only_proposals_hint'), optional: true, value: pot.proposals,
      error: form.error(`pots.${row}.proposals`), input: (proposals) => change({ proposals }) })}
    ${selectField({ name: `pots.${row}.leftover`, label: t('officer.money.leftover'), value: pot.leftover, options: LEFTOVERS.map((one) => ({ value: one, text: t(`officer.money.leftover.${one}`) })), change: (leftover) => change({ leftover }) })}</details>`;
}

/** @param {MoneyForm} form */
function potRows(form) {
  const { pots } = form.values;
  const change = (/** @type {number} */ row, /** @type {Partial<Pot>} */ to) => form.set({ pots: pots.map((pot, at) => (at === row ? { ...pot, ...to } : pot)) });
  const remove = (/** @type {number} */ row) => {
    form.set({ pots: pots.length === 1 ? [emptyPot()] : pots.filter((_, at) => at !== row) });
    announce(t('officer.money.removed'));
    document.getElementById('add-pot')?.focus();
  };
  const add = () => {
    form.set({ pots: [...pots, emptyPot()] });
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
      <div class="fence">${fence(form, pot, row, (to) => change(row, to))}</div></div>`)}
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

/** @param {MoneyForm} form */
function matchFields(form) {
  const { match } = form.values;
  const set = (/** @type {Partial<Match>} */ to) => form.set({ match: { ...match, ...to } });
  const problem = form.error('match.counts');
  const amount = (/** @type {'hour_value' | 'cap'} */ name, optional = false) => textField({ name: `match.${name}`, label: t(`officer.match.${name}`), hint: t(`officer.match.${name}_hint`), money: true, width: 'middle', optional,
    value: match[name], error: form.error(`match.${name}`), input: (value) => set({ [name]: value }) });
  const share = (/** @type {'part' | 'of'} */ name) => textField({ name: `match.${name}`, label: t(`officer.match.${name}`), mode: 'numeric', width: 'short', value: match[name], error: form.error(`match.${name}`), input: (value) => set({ [name]: value }) });
  return html`${radioField({ name: 'match', label: t('officer.match.rule'), hint: t('officer.match.rule_hint'), value: match.rule, error: form.error('match'),
    options: ['none', ...Object.keys(USUAL), 'custom'].map((rule) => ({ value: rule, text: t(`officer.match.rule.${rule}`) })), change: (rule) => set({ rule, ...(rule === 'custom' ? {} : { part: '', of: '' }) }) })}
    ${match.rule === 'none' ? nothing : html`<div class="indent">${match.rule === 'custom' ? html`${share('part')}${share('of')}` : nothing}
      <fieldset class="field ${problem ? 'wrong' : ''}" id=${fieldId('match.counts')} tabindex="-1"><legend>${t('officer.match.counts')}</legend>${problem ? html`<p class="error">${reasonText(problem)}</p>` : nothing}
        ${COUNTED.map((name) => checkField({ name: `match.counts.${name}`, label: t(`officer.match.counts.${name}`), checked: match[name], change: (on) => set({ [name]: on }) }))}</fieldset>
      ${match.hours ? amount('hour_value') : nothing}${amount('cap', true)}</div>`}`;
}

/** @param {Match} match */
function matchText(match) {
  if (match.rule === 'none') return t('officer.match.rule.none');
  const rule = match.rule === 'custom' ? t('officer.match.share', { part: match.part, of: match.of }) : t(`officer.match.rule.${match.rule}`);
  return [rule, ...COUNTED.filter((name) => match[name]).map((name) => t(`officer.match.counts.${name}`)), ...(match.hours ? [`${t('officer.match.hour_value')}: ${shown(match.hour_value)}`] : []),
    ...(match.cap ? [`${t('officer.match.cap')}: ${shown(match.cap)}`] : [])].join('\n');
}

/** @param {MoneyForm} form */
function fields(form) {
  const award = (/** @type {'smallest' | 'largest'} */ which) => textField({ name: `${which}_award`, label: t(`officer.money.${which}`), hint: t(`officer.money.${which}_hint`), optional: true, money: true, width: 'middle',
    value: form.values[`${which}_award`], error: form.error(`${which}_award`), input: (value) => form.set({ [`${which}_award`]: value }) });
  return html`${form.setup.advisory ? html`<p class="notice"><span>${t('officer.money.advisory')}</span></p>` : nothing}${potRows(form)}
    <h2>${t('officer.money.awards')}</h2>${award('smallest')}${award('largest')}
    ${checkField({ name: 'part_funding', label: t('officer.money.part_funding'), hint: t('officer.money.part_funding_hint'), checked: form.values.part_funding, error: form.error('part_funding'), change: (part_funding) => form.set({ part_funding }) })}
    ${matchFields(form)}`;
}

setupPage(/** @type {import('./setup-form.js').Part<Money>} */ ({
  part: 'money',
  read: (setup) => ({
    pots: setup.pots.length ? setup.pots.map((/** @type {any} */ pot) => ({ ...pot, amount: typed(pot.amount), proposals: pot.proposals.join(', ') })) : [emptyPot()],
    smallest_award: typed(setup.smallest_award), largest_award: typed(setup.largest_award), match: readMatch(setup.match), part_funding: setup.part_funding,
  }),
  check,
  body: (values) => ({
    pots: filled(values).map(({ pot }) => ({ ...pot, funder: pot.funder.trim(), amount: pence(pot.amount), proposals: numbers(pot.proposals) })),
    smallest_award: values.smallest_award.trim() ? pence(values.smallest_award) : null,
    largest_award: values.largest_award.trim() ? pence(values.largest_award) : null,
    match: matchBody(values.match), part_funding: values.part_funding,
  }),
  facts: (values, setup) => [
    { name: 'pots', label: t('officer.money.pots'), text: filled(values).map(({ pot }) => `${pot.funder}: ${shown(pot.amount)}, ${paysFor(pot, setup)}, ${t(`officer.money.leftover.${pot.leftover}`)}`).join('\n') },
    { name: 'smallest_award', label: t('officer.money.smallest'), text: shown(values.smallest_award) },
    { name: 'largest_award', label: t('officer.money.largest'), text: shown(values.largest_award) },
    { name: 'part_funding', label: t('officer.money.part_funding'), text: t(values.part_funding ? 'officer.vote.yes' : 'officer.vote.no') },
    { name: 'match', label: t('officer.match.rule'), text: matchText(values.match) },
  ],
  fields,
}));
