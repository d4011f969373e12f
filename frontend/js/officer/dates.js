// Set-up: when proposals and voting open and close, and when the result is to come out.
import { api, announce, fieldId, html, nothing, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';

/** @typedef {'proposals_open' | 'proposals_close' | 'voting_open' | 'voting_close' | 'results'} Name */
/** @typedef {Record<Name, string>} Dates */
/** @type {Name[]} */
const NAMES = ['proposals_open', 'proposals_close', 'voting_open', 'voting_close', 'results'];
const PASSED = { draft: 0, proposals: 1, review: 2 };

/** A local time as a datetime-local input takes it, without any time zone. @param {Date} at */
const local = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** @param {Date} day @param {number} days @param {number} hour @param {number} minute */
const later = (day, days, hour, minute) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour, minute);

/** Dates from the lengths that the template says are usual, from the Monday after next. @param {{phase: string, days: number}[]} phases */
function usualDates(phases) {
  const days = new Map(phases.map((phase) => [phase.phase, phase.days]));
  const now = new Date();
  const monday = later(now, ((8 - now.getDay()) % 7) + 7, 9, 0);
  const proposals = days.get('proposals') ?? 0;
  const close = later(monday, proposals, 23, 59);
  const vote = later(close, 1 + (days.get('review') ?? 0), 9, 0);
  const end = later(vote, days.get('voting') ?? 14, 23, 59);
  return {
    proposals_open: proposals ? local(monday) : '', proposals_close: proposals ? local(close) : '',
    voting_open: local(vote), voting_close: local(end), results: local(later(end, 1 + (days.get('counting') ?? 3), 12, 0)),
  };
}

/** @param {import('./setup-form.js').Form<Dates>} form */
async function suggest(form) {
  const templates = await api('GET', '/api/templates').catch(() => ({ items: [] }));
  const template = templates.items.find((/** @type {{id: string}} */ one) => one.id === form.setup.template);
  form.set(usualDates(template?.phases ?? [{ phase: 'proposals', days: 42 }, { phase: 'review', days: 28 }]));
  announce(t('officer.dates.suggested'));
  document.getElementById(fieldId('proposals_open'))?.focus();
}

/** What stands in the calendar, while the field still says the same. @param {import('./setup-form.js').Form<Dates>} form @param {Name} name */
function inWords(form, name) {
  const saved = form.setup.calendar[name];
  return saved && saved.local === form.values[name] ? t('officer.dates.saved', { day: saved.day, time: saved.time }) : '';
}

/** @param {import('./setup-form.js').Form<Dates>} form @param {Name} name */
function dateField(form, name) {
  const passed = NAMES.indexOf(name) < PASSED[/** @type {keyof typeof PASSED} */ (form.setup.phase)];
  const saved = form.setup.calendar[name];
  if (passed && saved) return html`<div class="field"><p class="label">${t(`officer.dates.${name}`)}</p><p>${t('officer.dates.passed', { day: saved.day, time: saved.time })}</p></div>`;
  const words = inWords(form, name);
  return html`${textField({ name, label: t(`officer.dates.${name}`), type: 'datetime-local', width: 'middle', optional: name === 'results', value: form.values[name],
    hint: words || undefined, error: form.error(name), input: (value) => form.set({ [name]: value }) })}`;
}

/** What was typed but is no date, which the browser gives as nothing. */
const halfTyped = () => NAMES.filter((name) => /** @type {HTMLInputElement | null} */ (document.getElementById(fieldId(name)))?.validity.badInput)
  .map((name) => ownReason('bad_date', name));

/** @param {string} text */
const plain = (text) => text.replace('T', ' ');

setupPage(/** @type {import('./setup-form.js').Part<Dates>} */ ({
  part: 'dates',
  read: (setup) => /** @type {Dates} */ (Object.fromEntries(NAMES.map((name) => [name, setup.calendar[name]?.local ?? '']))),
  check: halfTyped,
  body: (values) => Object.fromEntries(NAMES.map((name) => [name, values[name] || null])),
  facts: (values, setup) => NAMES.map((name) => {
    const saved = setup.calendar[name];
    return { name, label: t(`officer.dates.${name}`), text: saved?.local === values[name] ? t('officer.when', { day: saved.day, time: saved.time }) : plain(values[name]) };
  }),
  fields: (form) => html`<p>${t('officer.dates.lead')}</p>
    ${NAMES.every((name) => form.values[name] === '') ? html`<p class="suggest"><button class="button quiet" type="button" @click=${() => suggest(form)}>${t('officer.dates.suggest')}</button></p>` : nothing}
    <fieldset class="field group"><legend class="h2">${t('officer.dates.proposals')}</legend><p class="hint">${t('officer.dates.proposals_hint')}</p>
      ${dateField(form, 'proposals_open')}${dateField(form, 'proposals_close')}</fieldset>
    <fieldset class="field group"><legend class="h2">${t('officer.dates.voting')}</legend><p class="hint">${t('officer.dates.voting_hint')}</p>
      ${dateField(form, 'voting_open')}${dateField(form, 'voting_close')}</fieldset>
    <fieldset class="field group"><legend class="h2">${t('officer.dates.result')}</legend><p class="hint">${t('officer.dates.result_hint')}</p>
      ${dateField(form, 'results')}</fieldset>`,
}));
