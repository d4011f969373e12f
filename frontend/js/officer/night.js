// Setting a Decision Night up: when and where, the run sheet and its order, slips with codes, and the way to the pages of the evening.
import { api, areaField, emptyState, figure, html, icon, notice, nothing, number, path, setTitle, show, t, textField } from '../lib.js';
import { howDrawn, sheetTable } from '../public/sheet.js';
import { desk, officerPage, ownReason, roundApi, roundHead, slug } from './desk.js';
import { fetchFile, save } from './files.js';
import { work } from './work.js';

/** @typedef {{welcome: number, each: number, breaks: {after: number, minutes: number}[], first_vote: number, count: number, second_vote: number}} Plan */
/** @typedef {{round: {night: import('../public/sheet.js').Night | null}, sheet: Plan, slips_made: number, slips_handed: number, arrived: number, walk_ins: number, version: number}} Setup */

/** @type {any} */
let round;
/** @type {Setup} */
let setup;
/** What is typed, by field; numbers as text. @type {Record<string, string>} */
let typed = {};
/** @type {{after: string, minutes: string}[]} */
let breaks = [];
let changing = false;
const more = { seed: '', reason: '', count: '' };

const title = () => t('officer.night.title');
const has = (/** @type {string[]} */ ...roles) => round.my_roles.some((/** @type {string} */ role) => roles.includes(role));
const mayChange = () => has('organiser', 'officer') && !['closed', 'cancelled'].includes(round.phase);
const night = () => setup.round.night;

/** @type {import('./work.js').Work} */
let doing;

function fill() {
  const now = night();
  const { sheet } = setup;
  typed = {
    place: now?.place ?? '', address: now?.address ?? '', access: now?.access ?? '', doors: now?.doors.local ?? '', begins: now?.begins.local ?? '', places: String(now?.places ?? ''),
    seed_source: now?.seed_source ?? '', welcome: String(sheet.welcome), each: String(sheet.each), first_vote: String(sheet.first_vote), count: String(sheet.count), second_vote: String(sheet.second_vote),
  };
  breaks = sheet.breaks.map((one) => ({ after: String(one.after), minutes: String(one.minutes) }));
}

async function load() {
  setup = await api('GET', roundApi(slug, 'night/setup'));
  fill();
}

/** A whole number that was typed; -1, which is refused, for anything else. @param {string} text */
const whole = (text) => (/^\d{1,5}$/.test(text.replaceAll(',', '').trim()) ? Number(text.replaceAll(',', '').trim()) : -1);

/** @param {SubmitEvent} event */
function send(event) {
  event.preventDefault();
  const { place, address, access, doors, begins, seed_source } = typed;
  const body = {
    place, address, access, doors, begins, places: whole(typed.places), seed_source, version: setup.version,
    sheet: { welcome: whole(typed.welcome), each: whole(typed.each), breaks: breaks.map((one) => ({ after: whole(one.after), minutes: whole(one.minutes) })), first_vote: whole(typed.first_vote), count: whole(typed.count), second_vote: whole(typed.second_vote) },
  };
  const kept = { typed, breaks };
  doing.act('save', async () => {
    await api('PUT', roundApi(slug, 'night'), body);
    changing = false;
    return 'saved';
  }).then(() => {
    if (doing.problems.length === 0) return;
    ({ typed, breaks } = kept); // what was typed stays, whatever was wrong with it
    draw();
  });
}

/** @param {string} name @param {object} [options] */
const field = (name, options = {}) => textField({ name, label: t(`officer.night.field.${name}`), value: typed[name] ?? '', error: doing.error(name), input: (/** @type {string} */ value) => { typed[name] = value; }, ...options });
/** @param {string} name */
const minutes = (name) => field(name, { width: 'short', mode: 'numeric', suffix: t('officer.night.minutes') });
/** @param {string} name @param {number} rows */
const area = (name, rows) => areaField({ name, label: t(`officer.night.field.${name}`), hint: t(`officer.night.field.${name}_hint`), rows, optional: name === 'access', value: typed[name] ?? '', error: doing.error(name), input: (value) => { typed[name] = value; } });

const form = () => html`<form novalidate class="read" @submit=${send}>
  <section class="sheet"><h2>${t('officer.night.hall')}</h2>${field('place', { hint: t('officer.night.field.place_hint') })}${area('address', 3)}
    <div class="four">${field('doors', { type: 'datetime-local' })}${field('begins', { type: 'datetime-local' })}</div>
    ${field('places', { width: 'short', mode: 'numeric', hint: t('officer.night.field.places_hint') })}${area('access', 3)}</section>
  <section class="sheet"><h2>${t('officer.night.sheet')}</h2><p>${t('officer.night.sheet_text')}</p><div class="four">${['welcome', 'each', 'first_vote', 'count', ...(round.polls.length > 1 ? ['second_vote'] : [])].map(minutes)}</div>
    <h3>${t('officer.night.breaks')}</h3>${breaks.map(breakRow)}
    ${breaks.length < 5 ? html`<p><button class="button quiet" type="button" @click=${() => { breaks.push({ after: '', minutes: '15' }); draw(); }}>${t('officer.night.add_break')}</button></p>` : nothing}</section>
  <section class="sheet"><h2>${t('officer.night.order')}</h2>${night()?.seed ? html`<p>${t('officer.night.drawn')}</p>` : field('seed_source', { hint: t('officer.night.field.seed_source_hint'), optional: true })}</section>
  <p class="row">${doing.button('save', t('officer.night.save'), undefined)}${night() ? html`<button class="button quiet" type="button" @click=${() => { changing = false; fill(); doing.forget(); draw(); }}>${t('officer.night.not')}</button>` : nothing}</p></form>`;

/** @param {{after: string, minutes: string}} one @param {number} at */
const breakRow = (one, at) => html`<div class="break-row">${textField({ name: `breaks.after.${at}`, label: t('officer.night.break_after'), width: 'short', mode: 'numeric', value: one.after, error: at === 0 ? doing.error('breaks') : undefined, input: (value) => { one.after = value; } })}
  ${textField({ name: `breaks.${at}`, label: t('officer.night.break_minutes'), width: 'short', mode: 'numeric', value: one.minutes, error: doing.error(`breaks.${at}`), input: (value) => { one.minutes = value; } })}
  <button class="plain" type="button" aria-label=${t('officer.night.remove_break', { place: at + 1 })} @click=${() => { breaks.splice(at, 1); draw(); }}>${icon('close')}</button></div>`;

/** The evening as it is set up, and the way to its pages. @param {import('../public/sheet.js').Night} now */
const overview = (now) => html`<div class="noprint"><nav class="night-pages" aria-label=${t('officer.night.pages')}><ul>
    <li><a class="button" href=${desk(slug, 'door')}>${t('officer.door.title')}</a></li><li><a class="button" href=${desk(slug, 'timer')}>${t('officer.timer.title')}</a></li>
    <li><a class="button quiet" href=${path('r', slug, 'screen')}>${icon('screen')}${t('officer.night.screen')}</a></li><li><a class="button quiet" href=${path('r', slug, 'night')}>${t('officer.night.public')}</a></li></ul></nav>
  <dl class="figures">${figure(t('officer.night.taken'), html`${number(now.taken)}<small>${t('officer.night.of_places', { places: now.places })}</small>`)}${figure(t('officer.night.waiting'), now.waiting)}
    ${figure(t('officer.night.slips_figure'), html`${number(setup.slips_handed)}<small>${t('officer.night.slips_of', { made: setup.slips_made })}</small>`)}${figure(t('officer.night.came'), setup.arrived + setup.walk_ins)}</dl>
  <section class="sheet"><h2>${t('officer.night.hall')}</h2><dl class="facts wide"><dt>${t('night.when')}</dt><dd>${now.begins.day}, ${now.begins.time}<span class="hint">${t('night.doors', { time: now.doors.time })}</span></dd>
    <dt>${t('night.where')}</dt><dd>${now.place}<span class="hint pre">${now.address}</span></dd>${now.access ? html`<dt>${t('night.access')}</dt><dd class="pre">${now.access}</dd>` : nothing}</dl>
    ${mayChange() && !now.called_off ? html`<p><button class="button quiet" @click=${() => { changing = true; doing.forget(); draw(); }}>${t('officer.night.change')}</button></p>` : nothing}</section></div>
  ${now.called_off ? nothing : html`<section class="sheet run-sheet" aria-labelledby="run-title"><h2 id="run-title">${t('night.evening')}</h2><p class="only-print">${round.title}, ${now.begins.day}, ${now.place}</p>${sheetTable(now)}
      <div class="noprint">${howDrawn(now)}${drawForm(now)}<p><button class="button quiet" @click=${() => window.print()}>${icon('print')}${t('officer.night.print')}</button></p></div></section>
    <div class="noprint">${slips()}${mayChange() ? off() : nothing}</div>`}`;

/** @param {import('../public/sheet.js').Night} now */
function drawForm(now) {
  if (now.seed || !mayChange()) return nothing;
  if (!now.seed_source) return html`<p>${t('officer.night.no_source')}</p>`;
  const put = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    doing.act('draw', async () => {
      await api('POST', roundApi(slug, 'night/order'), { seed: more.seed });
      more.seed = '';
      return 'drawn';
    });
  };
  return html`<form novalidate class="inset" @submit=${put}>${textField({ name: 'seed', label: t('officer.night.seed'), hint: t('officer.night.seed_hint'), value: more.seed, error: doing.error('seed'), input: (value) => { more.seed = value; } })}
    <p>${doing.button('draw', t('officer.night.draw'), undefined)}</p></form>`;
}

function slips() {
  const make = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const count = whole(more.count);
    if (doing.refuse(count >= 1 && count <= 2000 ? [] : [ownReason('count_out_of_range', 'count', { most: 2000 })])) return;
    doing.act('slips', async () => {
      save(`${slug}-slips.pdf`, await fetchFile(roundApi(slug, 'night/slips'), { count }, () => {}));
      more.count = '';
      return 'slips';
    });
  };
  const early = ['draft', 'proposals', 'review'].includes(round.phase);
  return html`<section class="sheet"><h2>${t('officer.night.slips')}</h2><p>${t('officer.night.slips_text')}</p><p><b>${t('officer.night.slips_state', { count: setup.slips_made, made: setup.slips_made, handed: setup.slips_handed })}</b></p>
    ${early && has('organiser', 'clerk') ? html`<form novalidate @submit=${make}>${textField({ name: 'count', label: t('officer.night.slips_count'), hint: t('officer.night.slips_hint'), width: 'short', mode: 'numeric', value: more.count, error: doing.error('count'), input: (value) => { more.count = value; } })}
      ${doing.button('slips', t('officer.night.slips_make'), undefined)}</form>` : html`<p class="quiet">${t(early ? 'officer.night.slips_not_you' : 'officer.night.slips_over')}</p>`}</section>`;
}

function off() {
  const send_off = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    doing.act('off', async () => {
      await api('POST', roundApi(slug, 'night/call-off'), { reason: more.reason });
      return 'off';
    });
  };
  return html`<details class="more"><summary>${t('officer.night.off')}</summary><form novalidate class="sheet" @submit=${send_off}><p>${t('officer.night.off_text')}</p>
    ${areaField({ name: 'reason', label: t('officer.night.off_reason'), rows: 3, value: more.reason, error: doing.error('reason'), input: (value) => { more.reason = value; } })}${doing.button('off', t('officer.night.off_button'), undefined, 'danger')}</form></details>`;
}

function draw() {
  setTitle(`${title()} - ${round.title}`, doing.problems.length > 0);
  const now = night();
  show(html`<div class="noprint">${doing.head()}${roundHead(round, 'night', { part: title() })}${now?.called_off ? notice('bad', html`<p><b>${t('night.off')}</b></p><p class="pre">${now.called_off}</p>`) : nothing}</div>
    ${now && !changing ? overview(now) : changing ? form() : html`<div class="read">${emptyState(t('officer.night.none'), t('officer.night.none_text'), mayChange() ? html`<p><button class="button" @click=${() => { changing = true; draw(); }}>${t('officer.night.begin')}</button></p>` : nothing)}</div>`}`);
}

officerPage('officer-night', async () => {
  doing = work({ title, load, draw, tell: (said) => html`<p>${t(`officer.night.done.${said}`)}</p>` });
  [round] = await Promise.all([api('GET', roundApi(slug, 'setup')), load()]);
  draw();
});
