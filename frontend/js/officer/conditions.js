// Set-up: conditions that hold whatever the votes. All of them may be left empty.
import { areaField, html, money, pence, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { pollOf, setupPage, titleOfPoll } from './setup-form.js';

/** @typedef {{min_votes: string, reserve: string, prefunded: string, exclusions: string, smallest: string}} Conditions */
/** @typedef {import('./setup-form.js').Form<Conditions>} ConditionsForm */

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

/** @param {Conditions} values */
function check(values) {
  const reasons = [];
  for (const name of /** @type {const} */ (['min_votes', 'reserve'])) if (whole(values[name]) === null) reasons.push(ownReason('officer_whole_or_zero', `conditions.${name}`));
  if (numbers(values.prefunded) === null) reasons.push(ownReason('officer_bad_numbers', 'conditions.prefunded'));
  if (lines(values.exclusions).some((line) => numbers(line) === null)) reasons.push(ownReason('officer_bad_numbers', 'conditions.exclusions'));
  if (parts(values.smallest) === null) reasons.push(ownReason('officer_bad_parts', 'conditions.smallest'));
  return reasons;
}

/** @param {Conditions} values */
const facts = (values) => [
  { name: 'min_votes', label: t('officer.conditions.min_votes'), text: whole(values.min_votes) ? values.min_votes : '' },
  { name: 'prefunded', label: t('officer.conditions.prefunded'), text: values.prefunded },
  { name: 'exclusions', label: t('officer.conditions.exclusions'), text: values.exclusions },
  { name: 'smallest', label: t('officer.conditions.smallest'), text: lines(values.smallest).map((line) => line.replace(/:\s*(.+)$/, (_, amount) => `: ${pence(amount) ? money(pence(amount) ?? 0) : amount}`)).join('\n') },
  { name: 'reserve', label: t('officer.conditions.reserve'), text: whole(values.reserve) ? values.reserve : '' },
];

/** @param {ConditionsForm} form */
function fields(form) {
  const { values } = form;
  const short = (/** @type {'min_votes' | 'reserve'} */ name) => textField({ name: `conditions.${name}`, label: t(`officer.conditions.${name}`), hint: t(`officer.conditions.${name}_hint`), mode: 'numeric', width: 'short', optional: true,
    value: values[name], error: form.error(`conditions.${name}`), input: (value) => form.set({ [name]: value }) });
  const area = (/** @type {'exclusions' | 'smallest'} */ name) => areaField({ name: `conditions.${name}`, label: t(`officer.conditions.${name}`), hint: t(`officer.conditions.${name}_hint`), rows: 3, optional: true,
    value: values[name], error: form.error(`conditions.${name}`), input: (value) => form.set({ [name]: value }) });
  return html`<p>${t('officer.conditions.lead')}</p>${short('min_votes')}${short('reserve')}
    <h2>${t('officer.conditions.proposals')}</h2><p class="hint">${t('officer.conditions.proposals_hint')}</p>
    ${textField({ name: 'conditions.prefunded', label: t('officer.conditions.prefunded'), hint: t('officer.conditions.prefunded_hint'), optional: true, value: values.prefunded, error: form.error('conditions.prefunded'), input: (prefunded) => form.set({ prefunded }) })}
    ${area('exclusions')}${area('smallest')}`;
}

setupPage(/** @type {import('./setup-form.js').Part<Conditions>} */ ({
  part: 'conditions',
  title: (setup) => titleOfPoll('conditions', setup),
  read: (setup) => {
    const { conditions } = pollOf(setup);
    return {
      min_votes: conditions.min_votes ? String(conditions.min_votes) : '', reserve: conditions.reserve ? String(conditions.reserve) : '',
      prefunded: conditions.prefunded.join(', '), exclusions: conditions.exclusions.map((/** @type {number[]} */ group) => group.join(', ')).join('\n'),
      smallest: Object.entries(conditions.smallest).map(([n, least]) => `${n}: ${typed(Number(least))}`).join('\n'),
    };
  },
  check,
  body: (values, setup) => ({
    poll: pollOf(setup).position, min_votes: whole(values.min_votes), reserve: whole(values.reserve),
    prefunded: numbers(values.prefunded), exclusions: lines(values.exclusions).map(numbers), smallest: parts(values.smallest),
  }),
  facts, fields,
}));
