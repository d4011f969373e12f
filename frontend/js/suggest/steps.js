// What each page of the form asks.
import { api, areaField, checkField, fieldId, html, money, nothing, params, path, pence, radioField, reasonFor, reasonText, t, tag, textField } from '../lib.js';
import { broughtOf, LIMITS, linesTotal, moneyOf, moneyProblems, mostToAsk } from '../public/suggestion.js';
import { pinField } from '../public/pins.js';
import { filesStep } from './files.js';
import { keep as keepForm, kept } from './keeping.js';

/** @typedef {{round: any, reasons: import('../lib.js').Reason[], draw: () => void, told: (reason: import('../lib.js').Reason) => import('../lib.js').Reason}} Asking */
/** @type {Asking} */
let asking;

/** @param {string} step @param {Asking} now */
export function body(step, now) {
  asking = now;
  return bodies[step]();
}

/** @param {Partial<typeof kept.form>} change */
function keep(change) {
  keepForm(change);
  asking.draw();
}

const error = (/** @type {string} */ name) => reasonFor(asking.reasons, name);

/** @param {keyof typeof LIMITS} name @param {Record<string, unknown>} [more] */
const ask = (name, more = {}) => ({
  name, label: t(`suggest.field_${name}`), hint: t(`suggest.hint_${name}`), value: /** @type {any} */ (kept.form)[name], max: LIMITS[name],
  error: error(name), input: (/** @type {string} */ value) => keep({ [name]: value }), ...more,
});

/** @type {Record<string, () => unknown>} */
const bodies = {
  title: () => html`<h1>${t('suggest.step_title')}</h1><p>${t('suggest.idea_lead', { forum: asking.round.forum.name })}</p>
    ${textField({ ...ask('title'), input: (title) => { keep({ title }); lookSoon(); } })}
    ${areaField({ ...ask('summary', { rows: 3 }), input: (summary) => { keep({ summary }); lookSoon(); } })}${similar()}`,
  what: () => html`<h1>${t('suggest.step_what')}</h1>${areaField(ask('description', { rows: 10 }))}${radioField({
    name: 'category', label: t('suggest.field_category'), value: kept.form.category, error: error('category'),
    options: asking.round.categories.map((/** @type {any} */ one) => ({ value: one.id, text: html`<span class="named"><span class="swatch ${one.theme}"></span>${one.name}</span>` })),
    change: (category) => keep({ category }),
  })}`,
  where,
  cost: costs,
  match,
  help: () => areaField(ask('running_costs', { rows: 4, heading: true, optional: true })),
  photos: () => filesStep(asking.draw),
  contact: () => html`<h1>${t('suggest.step_contact')}</h1>${textField(ask('proposer', { autocomplete: 'organization' }))}${textField(ask('contact_email', { type: 'email', autocomplete: 'email', mode: 'email', max: 0 }))}`,
};

const look = { waiting: 0, found: /** @type {any[]} */ ([]), asked: '' };

function lookSoon() {
  clearTimeout(look.waiting);
  look.waiting = window.setTimeout(lookNow, 500);
}

async function lookNow() {
  const { title, summary } = kept.form;
  const query = String(new URLSearchParams({ title: title.slice(0, 400), summary: summary.slice(0, 400), but: String(kept.number ?? 0) }));
  if (title.trim().length < 4 || query === look.asked) return;
  look.asked = query;
  try {
    look.found = (await api('GET', `/api/rounds/${encodeURIComponent(params.round)}/similar?${query}`)).items;
  } catch {
    look.found = []; // it helps, and never stands in the way
  }
  asking.draw();
}

const similar = () => html`<div aria-live="polite">${look.found.length > 0 ? html`<section class="sheet" aria-labelledby="similar"><h2 id="similar">${t('suggest.similar', { count: look.found.length })}</h2>
  <p>${t('suggest.similar_text')}</p>
  <ul class="list">${look.found.map((one) => html`<li><a href=${path('r', params.round, 'proposals', one.number)}>${one.title}</a> ${one.place ? html`<span class="quiet">${one.place}</span>` : nothing} ${tag(one.status)}</li>`)}</ul></section>` : nothing}</div>`;

function where() {
  const { form } = kept;
  const point = form.latitude === null || form.longitude === null ? null : { latitude: form.latitude, longitude: form.longitude };
  return html`<h1>${t('suggest.step_where')}</h1>
    ${checkField({ name: 'whole_area', label: t('suggest.field_whole_area', { forum: asking.round.forum.name }), checked: form.whole_area,
      change: (whole) => keep({ whole_area: whole, ...(whole ? { latitude: null, longitude: null } : {}) }) })}
    ${textField(ask('place', { optional: form.whole_area }))}
    ${asking.round.boundary && !form.whole_area ? pinField({ boundary: asking.round.boundary, value: point, label: t('suggest.map_lead'),
      change: (at) => keep(at ?? { latitude: null, longitude: null }) }) : nothing}`;
}

/** What an award may be, in words. @param {any} round */
function limits({ smallest_award: least, largest_award: most }) {
  return least || most ? html`<p class="hint">${t(least && most ? 'round.limits' : most ? 'round.limit_most' : 'round.limit_least', { least, most })}</p>` : nothing;
}

function costs() {
  const { lines } = kept.form;
  const total = linesTotal(lines);
  const { round } = asking;
  const set = (/** @type {number} */ at, /** @type {Record<string, string>} */ change) => keep({ lines: lines.map((line, index) => (index === at ? { ...line, ...change } : line)) });
  const wrong = error('lines');
  return html`<h1 id=${fieldId('lines')} tabindex="-1">${t('suggest.step_cost')}</h1><p>${t('suggest.costs_lead')}</p>${limits(round)}
    ${wrong ? html`<p class="error">${reasonText(wrong)}</p>` : nothing}
    ${lines.map((line, index) => html`<fieldset class="sheet line"><legend class="vh">${t('suggest.line', { n: index + 1 })}</legend>
      ${textField({ name: `lines.${index}.what`, label: t('suggest.line_what'), value: line.what, error: error(`lines.${index}.what`), input: (what) => set(index, { what }) })}
      ${textField({ name: `lines.${index}.amount`, label: t('suggest.line_amount'), value: line.amount, money: true, width: 'short', error: error(`lines.${index}.amount`), input: (amount) => set(index, { amount }) })}
      <div class="row apart"><label class="choice"><input type="checkbox" .checked=${line.basis === 'quote'} @change=${(/** @type {Event} */ event) => set(index, { basis: /** @type {HTMLInputElement} */ (event.currentTarget).checked ? 'quote' : 'estimate' })}>
        <span>${t('suggest.line_quote')}</span></label>
      ${lines.length > 1 ? html`<button type="button" class="link" @click=${() => keep({ lines: lines.filter((_, at) => at !== index) })}>${t('suggest.line_remove')}<span class="vh">: ${line.what || index + 1}</span></button>` : nothing}</div></fieldset>`)}
    <p><button type="button" class="button quiet" @click=${() => keep({ lines: [...lines, { what: '', amount: '', basis: 'estimate' }] })}>${t('suggest.line_add')}</button></p>
    <p class="row"><span>${t('check.total')}</span><b class="amount" aria-live="polite">${money(total)}</b></p>`;
}

/** @param {'ask' | 'smallest' | 'match_cash' | 'match_kind'} name @param {Record<string, unknown>} [more] */
const amount = (name, more = {}) => textField({
  name, label: t(`suggest.field_${name}`), hint: t(`suggest.hint_${name}`), value: kept.form[name], money: true, width: 'short', error: error(name),
  input: (value) => keep({ [name]: value }), ...more,
});

function match() {
  const { round } = asking;
  const { form } = kept;
  const now = moneyOf(form);
  const rule = round.match;
  const live = form.ask.trim() && pence(form.ask) !== null ? moneyProblems(form, round).map(asking.told) : [];
  const wrong = error('match');
  const brought = rule ? broughtOf(rule, now) : now.cash + now.kind;
  return html`<h1 id=${fieldId('match')} tabindex="-1">${t('suggest.step_match')}</h1><p>${t('suggest.match_lead', { whole: now.whole })}</p>${limits(round)}
    ${rule ? html`<p>${t('suggest.match_rule', { part: rule.part, of: rule.of, most: mostToAsk(rule, now.whole) })}
      ${t('suggest.match_counts', { what: rule.counts.map((/** @type {string} */ kind) => t(`idea.match_${kind}`)).join(', ') })}
      ${rule.hour_value ? t('suggest.hour_value', { value: rule.hour_value }) : nothing}</p>` : nothing}
    ${amount('ask', { optional: true })}${amount('match_cash', { optional: true })}${amount('match_kind', { optional: true })}
    ${textField({ name: 'match_hours', label: t('suggest.field_match_hours'), hint: t('suggest.hint_match_hours'), value: form.match_hours, mode: 'numeric', width: 'short', optional: true, error: error('match_hours'), input: (value) => keep({ match_hours: value }) })}
    ${round.part_funding ? amount('smallest', { optional: true }) : nothing}
    ${wrong ? html`<p class="error">${reasonText(wrong)}</p>` : nothing}
    <dl class="facts sheet" aria-live="polite"><dt>${t('idea.whole')}</dt><dd>${money(now.whole)}</dd><dt>${t('idea.ask')}</dt><dd><b class="amount">${money(now.ask)}</b></dd>
      ${now.whole > now.ask ? html`<dt>${t('suggest.rest')}</dt><dd>${money(now.whole - now.ask)}</dd>` : nothing}
      ${brought > 0 ? html`<dt>${t('suggest.brought')}</dt><dd>${money(brought)}</dd>` : nothing}</dl>
    ${asking.reasons.length === 0 ? live.map((reason) => html`<p class="error">${reasonText(reason)}</p>`) : nothing}`;
}
