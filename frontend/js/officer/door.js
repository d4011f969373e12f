// The door: who came, who came without a place, slips handed out. Typing finds a name; Enter ticks the only one that is left.
import { announce, api, figure, html, icon, nothing, number, setTitle, show, t, textField } from '../lib.js';
import { desk, officerPage, roundApi, roundHead, slug } from './desk.js';
import { work } from './work.js';

/** @typedef {{id: string, number: number | null, waiting: number | null, name: string, email: string, phone: string, needs: string, arrived: boolean}} Guest */
/** @typedef {{places: number, arrived: number, walk_ins: number, slips_made: number, slips_handed: number, guests: Guest[]}} Door */

/** @type {any} */
let round;
/** @type {Door} */
let door;
let wanted = '';
let removing = '';
/** @type {import('./work.js').Work} */
let doing;

const title = () => t('officer.door.title');
const load = async () => { door = await api('GET', roundApi(slug, 'night/door')); };
const plain = (/** @type {string} */ text) => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

function found() {
  const asked = plain(wanted).trim();
  if (asked === '') return door.guests;
  if (/^\d+$/.test(asked)) return door.guests.filter((guest) => String(guest.number ?? '') === asked);
  return door.guests.filter((guest) => asked.split(/\s+/).every((part) => plain(guest.name).includes(part)));
}

/** What was pressed before: presses are sent one after the other, and none is lost however quick they come. @type {Promise<void>} */
let before = Promise.resolve();

/** What every button here does: send, and show the door as it is now. @param {string} rest @param {object} body @param {() => string} said */
function send(rest, body, said) {
  before = before.then(async () => {
    await doing.act(rest, async () => {
      door = await api('POST', roundApi(slug, `night/door/${rest}`), body);
      return '';
    });
    if (doing.problems.length === 0) announce(said());
  });
  return before;
}

/** @param {Guest} guest */
async function tick(guest) {
  const asked = wanted;
  wanted = '';
  await send(`guests/${guest.id}`, { arrived: !guest.arrived }, () => t(guest.arrived ? 'officer.door.said_not' : 'officer.door.said', { name: guest.name }));
  if (asked) document.getElementById('f-find')?.focus();
}

const count = (/** @type {number} */ walk_ins, /** @type {number} */ slips) => send('count', { walk_ins, slips },
  () => (walk_ins ? t('officer.door.walk_ins_said', { count: door.walk_ins }) : t('officer.door.slips_said', { count: door.slips_handed })));

/** @param {SubmitEvent} event */
function enter(event) {
  event.preventDefault();
  const there = found();
  if (wanted.trim() && there.length === 1) tick(there[0]);
  else announce(t('officer.door.found', { count: there.length }));
}

/** @param {string} label @param {number} now @param {unknown} note @param {() => void} add @param {() => void} remove @param {string} what */
const counter = (label, now, note, add, remove, what) => html`<div class="counter"><h2>${label}</h2><p class="count"><b>${number(now)}</b>${note ? html` <span class="quiet">${note}</span>` : nothing}</p>
  <p class="row"><button class="button big" @click=${add}>${t(`officer.door.add_${what}`)}</button><button class="button quiet" @click=${remove}>−1<span class="vh">: ${t(`officer.door.less_${what}`)}</span></button></p></div>`;

/** @param {Guest} guest */
const row = (guest) => html`<li class=${guest.arrived ? 'guest came' : 'guest'}>
  <button class="tick" aria-pressed=${guest.arrived ? 'true' : 'false'} @click=${() => tick(guest)}><span class="box">${guest.arrived ? icon('check') : nothing}</span>
    <span class="place-number">${guest.number ?? t('officer.door.waits', { place: guest.waiting ?? 0 })}</span><span class="guest-name">${guest.name}${guest.needs ? html`<span class="needs">${guest.needs}</span>` : nothing}</span></button>
  <details class="guest-more"><summary><span class="vh">${t('officer.door.more', { name: guest.name })}</span><span aria-hidden="true">…</span></summary><div>
    ${guest.phone ? html`<p><a href="tel:${guest.phone.replaceAll(' ', '')}">${guest.phone}</a></p>` : nothing}${guest.email ? html`<p><a href="mailto:${guest.email}">${guest.email}</a></p>` : nothing}
    ${removing === guest.id ? html`<p>${t('officer.door.remove_text')}</p><p class="row"><button class="button danger" @click=${() => { removing = ''; send(`guests/${guest.id}/remove`, {}, () => t('officer.door.removed', { name: guest.name })); }}>${t('officer.door.remove_sure')}</button></p>`
      : html`<button class="button quiet" @click=${() => { removing = guest.id; draw(); }}>${t('officer.door.remove')}</button>`}</div></details></li>`;

function draw() {
  setTitle(`${title()} - ${round.title}`, doing.problems.length > 0);
  const there = found();
  const inside = door.arrived + door.walk_ins;
  show(html`${doing.head()}${roundHead(round, 'night', { part: title() })}<p><a class="back" href=${desk(slug, 'night')}>${t('officer.night.title')}</a></p>
    <dl class="figures">${figure(t('officer.door.inside'), html`${number(inside)}<small>${t('officer.night.of_places', { places: door.places })}</small>`)}${figure(t('officer.door.expected'), door.guests.filter((guest) => guest.number !== null && !guest.arrived).length)}</dl>
    <div class="counters sheet">${counter(t('officer.door.walk_ins'), door.walk_ins, '', () => count(1, 0), () => count(-1, 0), 'walk_in')}
      ${counter(t('officer.door.slips'), door.slips_handed, t('officer.door.slips_of', { made: door.slips_made }), () => count(0, 1), () => count(0, -1), 'slip')}</div>
    <p class="wide-read hint">${t('officer.door.slips_text')} <a href=${desk(slug, 'voters')}>${t('officer.door.lost')}</a></p>
    <section class="sheet"><h2>${t('officer.door.list')}</h2><form novalidate role="search" @submit=${enter}>
      ${textField({ name: 'find', label: t('officer.door.find'), hint: t('officer.door.find_hint'), value: wanted, input: (value) => { wanted = value; draw(); } })}</form>
      ${door.guests.length === 0 ? html`<p class="quiet">${t('officer.door.nobody')}</p>` : there.length === 0 ? html`<p class="quiet">${t('officer.door.found', { count: 0 })}</p>` : html`<ul class="guests">${there.map(row)}</ul>`}</section>`);
}

officerPage('officer-door', async () => {
  doing = work({ title, load, draw, tell: () => nothing });
  [round] = await Promise.all([api('GET', roundApi(slug, 'setup')), load()]);
  draw();
});
