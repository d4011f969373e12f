// Set-up: when proposals and votes open and close, and when the result is to come out.
import { api, announce, fieldId, html, nothing, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';
import { course, firstDay, NAMES, phasesOf, usualDates } from './usual-dates.js';

/** @typedef {import('./usual-dates.js').Name} Name */
/** @typedef {import('./usual-dates.js').Dates} Dates */
/** @typedef {import('./setup-form.js').Form<Dates>} DatesForm */

const PASSED = { draft: 0, proposals: 1, review: 2 };

/** The dates of a round with so many votes. @param {any} setup */
const namesOf = (setup) => (setup.polls.length > 1 ? NAMES : NAMES.filter((name) => !name.startsWith('second')));

/** @param {DatesForm} form */
async function suggest(form) {
  const templates = await api('GET', `/api/templates?forum=${encodeURIComponent(form.setup.forum.slug)}`).catch(() => ({ items: [] }));
  const template = templates.items.find((/** @type {{id: string}} */ one) => one.id === form.setup.template);
  const phases = template?.phases.length ? template.phases : [{ phase: 'proposals', days: 42 }, { phase: 'review', days: 28 }];
  const second = form.setup.polls.length > 1;
  const usual = second && phases.filter((/** @type {{phase: string}} */ one) => one.phase === 'voting').length < 2 ? [...phases, { phase: 'shortlist', days: 7 }, { phase: 'voting', days: 14 }] : phases;
  const dates = usualDates(usual, firstDay());
  form.set(second ? dates : { ...dates, second_voting_open: '', second_voting_close: '' });
  announce(t('officer.dates.suggested'));
  document.getElementById(fieldId('proposals_open'))?.focus();
}

/** What stands in the calendar, while the field still says the same. @param {DatesForm} form @param {Name} name */
function inWords(form, name) {
  const saved = form.setup.calendar[name];
  return saved && saved.local === form.values[name] ? t('officer.dates.saved', { day: saved.day, time: saved.time }) : '';
}

/** @param {DatesForm} form @param {Name} name */
function dateField(form, name) {
  const passed = NAMES.indexOf(name) < PASSED[/** @type {keyof typeof PASSED} */ (form.setup.phase)];
  const saved = form.setup.calendar[name];
  if (passed && saved) return html`<div class="field"><p class="label">${t(`officer.dates.${name}`)}</p><p>${t('officer.dates.passed', { day: saved.day, time: saved.time })}</p></div>`;
  const words = inWords(form, name);
  return html`${textField({ name, label: t(`officer.dates.${name}`), type: 'datetime-local', width: 'middle', optional: name === 'results', value: form.values[name],
    hint: words || undefined, error: form.error(name), input: (value) => form.set({ [name]: value }) })}`;
}

/** What was typed but is no date, which the browser gives as nothing. @param {Dates} values @param {any} setup */
const halfTyped = (values, setup) => namesOf(setup).filter((name) => /** @type {HTMLInputElement | null} */ (document.getElementById(fieldId(name)))?.validity.badInput)
  .map((name) => ownReason('bad_date', name));

/** @param {string} text */
const plain = (text) => text.replace('T', ' ');

/** @param {DatesForm} form @param {string} key @param {Name[]} names */
const group = (form, key, names) => html`<fieldset class="field group"><legend class="h2">${t(`officer.dates.${key}`)}</legend><p class="hint">${t(`officer.dates.${key}_hint`)}</p>
  ${names.map((name) => dateField(form, name))}</fieldset>`;

/** How the dates lie to each other, with both votes on one line. @param {Dates} values */
function picture(values) {
  const phases = phasesOf(values);
  return phases.length === 0 ? nothing : html`<div class="sheet picture" role="group" aria-label=${t('officer.dates.picture')}>${course(phases)}</div>`;
}

setupPage(/** @type {import('./setup-form.js').Part<Dates>} */ ({
  part: 'dates',
  read: (setup) => /** @type {Dates} */ (Object.fromEntries(NAMES.map((name) => [name, setup.calendar[name]?.local ?? '']))),
  check: halfTyped,
  body: (values) => Object.fromEntries(NAMES.map((name) => [name, values[name] || null])),
  facts: (values, setup) => namesOf(setup).map((name) => {
    const saved = setup.calendar[name];
    return { name, label: t(`officer.dates.${name}`), text: saved?.local === values[name] ? t('officer.when', { day: saved.day, time: saved.time }) : plain(values[name]) };
  }),
  fields: (form) => html`<p>${t('officer.dates.lead')}</p>${picture(form.values)}
    ${NAMES.every((name) => form.values[name] === '') ? html`<p class="suggest"><button class="button quiet" type="button" @click=${() => suggest(form)}>${t('officer.dates.suggest')}</button></p>` : nothing}
    ${group(form, 'proposals', ['proposals_open', 'proposals_close'])}
    ${group(form, form.setup.polls.length > 1 ? 'first' : 'voting', ['voting_open', 'voting_close'])}
    ${form.setup.polls.length > 1 ? group(form, 'second', ['second_voting_open', 'second_voting_close']) : nothing}
    ${group(form, 'result', ['results'])}`,
}));
