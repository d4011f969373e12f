// The Decision Night for residents: when and where, a place in the hall and giving it back, who presents when.
import { api, areaField, announce, emptyState, errorSummary, focusSummary, html, icon, notice, nothing, page, params, path, Problem, reasonFor, setHelp, setTitle, show, t, textField } from './lib.js';
import { help } from './ballot/frame.js';
import { howDrawn, sheetTable } from './public/sheet.js';

/** @typedef {import('./public/sheet.js').Night} Night */
/** @typedef {{number: number | null, waiting: number | null}} Place */

const address = (/** @type {string} */ rest) => `/api/rounds/${encodeURIComponent(params.round)}/night${rest}`;

/** @type {any} */
let round;
/** @type {Night} */
let night;
const typed = { name: '', email: '', phone: '', needs: '', key: '' };
const state = {
  busy: false, wrong: /** @type {import('./lib.js').Reason[]} */ ([]),
  taken: /** @type {(Place & {key: string}) | null} */ (null), found: /** @type {Place | null} */ (null), said: '',
};

page('night', async () => {
  const [answer, about] = await Promise.all([api('GET', address('')), api('GET', `/api/rounds/${encodeURIComponent(params.round)}`)]);
  round = about;
  setHelp(round.contact);
  setTitle(`${t('night.title')} - ${round.title}`);
  if (answer.night === null) {
    show(html`<div class="read">${head()}${emptyState(t('night.none'), t('night.none_text'), html`<p><a class="button" href=${path('r', params.round)}>${t('night.to_round')}</a></p>`)}</div>`);
    return;
  }
  night = answer.night;
  typed.key = location.hash.slice(1);
  draw();
});

const head = () => html`<p class="over-title"><a href=${path('r', params.round)}>${round.title}</a><span>${round.forum.name}</span></p><h1>${t('night.title')}</h1>`;

async function reload() {
  night = (await api('GET', address(''))).night;
}

/** Run one request; what is wrong with it stands in the summary. @param {() => Promise<void>} act */
async function attempt(act) {
  if (state.busy) return;
  Object.assign(state, { busy: true, wrong: [], said: '' });
  draw();
  try {
    await act();
    await reload().catch(() => {});
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    state.wrong = error.reasons.length > 0 ? error.reasons : [{ code: error.code, detail: error.detail, params: {}, field: '' }];
  }
  state.busy = false;
  draw();
  if (state.wrong.length > 0) focusSummary(t('night.title'));
  else document.getElementById('place')?.focus();
}

/** @param {SubmitEvent} event */
function take(event) {
  event.preventDefault();
  attempt(async () => {
    const { name, email, phone, needs } = typed;
    state.taken = await api('POST', address('/guests'), { name, email, phone, needs });
    Object.assign(typed, { name: '', email: '', phone: '', needs: '' });
    announce(t(state.taken?.number ? 'night.yours' : 'night.you_wait', { number: state.taken?.number ?? 0, count: state.taken?.waiting ?? 0 }));
  });
}

/** @param {SubmitEvent} event */
function look(event) {
  event.preventDefault();
  attempt(async () => { state.found = await api('POST', address('/guests/look'), { key: typed.key }); });
}

const giveBack = () => attempt(async () => {
  await api('POST', address('/guests/give-back'), { key: typed.key });
  Object.assign(state, { found: null, taken: null, said: t('night.given_back') });
  typed.key = '';
});

function draw() {
  const off = night.called_off !== '';
  show(html`<div class="read">${errorSummary(state.wrong)}${head()}
    ${off ? notice('bad', html`<p><b>${t('night.off')}</b></p><p class="pre">${night.called_off}</p>`) : nothing}
    ${state.said ? html`<div class="notice ok" id="place" tabindex="-1" role="status">${icon('check')}<div><p>${state.said}</p></div></div>` : nothing}
    ${state.taken ? place(state.taken) : nothing}${facts()}</div>
    ${off ? nothing : html`<div class="half"><div>${state.taken ? nothing : form()}</div><div>${mine()}</div></div>`}
    ${night.items.length > 0 && !off ? html`<section class="sheet" aria-labelledby="evening"><h2 id="evening">${t('night.evening')}</h2><p>${t('night.evening_text')}</p>${sheetTable(night)}${howDrawn(night)}</section>` : nothing}`);
}

const facts = () => html`<dl class="facts wide">
  <dt>${t('night.when')}</dt><dd><b>${night.begins.day}, ${night.begins.time}</b><br>${t('night.doors', { time: night.doors.time })}</dd>
  <dt>${t('night.where')}</dt><dd><b>${night.place}</b><br><span class="pre">${night.address}</span></dd>
  ${night.access ? html`<dt>${t('night.access')}</dt><dd class="pre">${night.access}</dd>` : nothing}
  ${night.called_off ? nothing : html`<dt>${t('night.places')}</dt><dd>${placesLeft()}</dd>`}</dl>`;

function placesLeft() {
  const left = night.places - night.taken;
  return html`${left > 0 ? t('night.left', { count: left, places: night.places }) : t('night.full', { count: night.places })}${
    night.waiting > 0 ? html` ${t('night.waiting', { count: night.waiting })}` : nothing}`;
}

/** The place that was just taken, with the key, which is shown this once. @param {Place & {key: string}} taken */
const place = (taken) => html`<section class="receipt" id="place" tabindex="-1" aria-labelledby="place-title"><h2 id="place-title">${
  taken.number ? t('night.yours', { number: taken.number }) : t('night.you_wait', { count: taken.waiting ?? 0 })}</h2>
  <p>${t(taken.number ? 'night.come' : night.sends_mail ? 'night.wait_mail' : 'night.wait_look')}</p>
  <p>${t('night.key_text')}</p><code class="key">${taken.key}</code>
  <p><button class="button quiet noprint" @click=${() => window.print()}>${icon('print')}${t('night.print')}</button></p></section>`;

/** @param {'name' | 'email' | 'phone'} name @param {object} [more] */
const field = (name, more = {}) => textField({ name, label: t(`night.field.${name}`), value: typed[name], error: reasonFor(state.wrong, name), input: (/** @type {string} */ value) => { typed[name] = value; }, ...more });

function form() {
  if (!night.open) return html`<section class="sheet"><h2>${t('night.take')}</h2><p>${t('night.begun')}</p><p>${help(round.contact)}</p></section>`;
  const full = night.taken >= night.places;
  return html`<section class="sheet"><h2>${t(full ? 'night.take_waiting' : 'night.take')}</h2><p>${t('night.take_text')}</p>
    <form novalidate @submit=${take}>${field('name', { autocomplete: 'name' })}
      ${night.sends_mail ? field('email', { type: 'email', autocomplete: 'email', optional: true, hint: t('night.field.email_hint') }) : nothing}
      ${field('phone', { type: 'tel', autocomplete: 'tel', optional: true, width: 'middle' })}
      ${areaField({ name: 'needs', label: t('night.field.needs'), hint: t('night.field.needs_hint'), optional: true, rows: 3, value: typed.needs, error: reasonFor(state.wrong, 'needs'), input: (value) => { typed.needs = value; } })}
      <p class="hint">${t('night.privacy')}</p>
      <button class="button" aria-disabled=${state.busy ? 'true' : nothing}>${t(full ? 'night.ask_waiting' : 'night.ask')}</button></form></section>`;
}

function mine() {
  const { found } = state;
  return html`<section class="sheet"><h2>${t('night.mine')}</h2>
    <form novalidate @submit=${look}>${textField({ name: 'key', label: t('night.field.key'), hint: t('night.field.key_hint'), width: 'middle', value: typed.key, error: reasonFor(state.wrong, 'key'), input: (value) => { typed.key = value; state.found = null; } })}
      <p class="row"><button class="button quiet" aria-disabled=${state.busy ? 'true' : nothing}>${t('night.look')}</button></p></form>
    ${found ? html`<div id="place" tabindex="-1"><p><b>${found.number ? t('night.yours', { number: found.number }) : t('night.you_wait', { count: found.waiting ?? 0 })}</b></p>
      <p>${t('night.give_back_text')}</p><button class="button danger" @click=${giveBack}>${t('night.give_back')}</button></div>` : nothing}</section>`;
}
