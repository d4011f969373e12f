// One's own account: the code of an app as a second step, the password, and where one is signed in.
import { api, html, icon, nothing, notice, path, setTitle, show, t, textField } from '../lib.js';
import { focusOn, officerPage, when } from './desk.js';
import { work } from './work.js';

/** @typedef {{secret: string, link: string, side: number, path: string}} Secret */

const typed = { password: '', code: '', appCode: '', old: '', fresh: '' };
/** @type {{on: boolean, required: boolean, recovery_codes: number}} */
let step;
/** @type {{began: import('../lib.js').Instant, ends: import('../lib.js').Instant, this: boolean}[]} */
let signIns = [];
/** @type {Secret | null} */
let secret = null;
/** @type {string[]} */
let codes = [];
let mustSetUp = false;

const title = () => t('officer.me.title');
const forget = () => Object.assign(typed, { password: '', code: '', appCode: '', old: '', fresh: '' });

async function load() {
  [step, { items: signIns }] = await Promise.all([api('GET', '/api/me/second-step'), api('GET', '/api/me/sign-ins')]);
  mustSetUp = (await api('GET', '/api/me')).must_set_up;
}

const page = work({ title, load, draw, tell: (said) => html`<p>${said}</p>` });
const shown = () => ({ password: typed.password, code: typed.code });

const begin = () => page.act('begin', async () => {
  secret = await api('POST', '/api/me/second-step', shown());
  forget();
  return t('officer.me.begun');
}, { password: 'step-password', code: 'step-code' });

const confirm = () => page.act('confirm', async () => {
  codes = (await api('POST', '/api/me/second-step/confirm', { code: typed.appCode })).codes;
  secret = null;
  forget();
  return t('officer.me.set_up');
}, { code: 'app-code' });

const renew = () => page.act('renew', async () => {
  codes = (await api('POST', '/api/me/second-step/recovery-codes', shown())).codes;
  forget();
  return t('officer.me.renewed');
}, { password: 'step-password', code: 'step-code' });

const stop = () => page.act('stop', async () => {
  await api('POST', '/api/me/second-step/stop', shown());
  forget();
  return t('officer.me.stopped');
}, { password: 'step-password', code: 'step-code' });

const change = () => page.act('change', async () => {
  await api('POST', '/api/me/password', { password: typed.old, new_password: typed.fresh });
  forget();
  return t('officer.me.changed');
}, { password: 'old-password', new_password: 'new-password' });

async function leave() {
  await page.act('leave', async () => {
    await api('POST', '/api/me/sign-out-everywhere');
    location.assign(`${path('o', 'sign-in')}?out=1`);
    return await new Promise(() => {});
  });
}

/** @param {(event: SubmitEvent) => void} act @param {unknown} content */
const form = (act, content) => html`<form novalidate @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); act(event); }}>${content}</form>`;

const passwordField = (/** @type {string} */ name, /** @type {'password' | 'old' | 'fresh'} */ key, /** @type {string} */ label, hint = '', autocomplete = 'current-password') => textField({
  name, label, hint, type: 'password', autocomplete, value: typed[key], width: 'middle', error: page.error(name), input: (value) => { typed[key] = value; } });

const codeField = (/** @type {string} */ name, /** @type {'code' | 'appCode'} */ key, /** @type {string} */ label, hint = '') => textField({
  name, label, hint, mode: 'text', autocomplete: 'one-time-code', value: typed[key], width: 'middle', error: page.error(name), input: (value) => { typed[key] = value; } });

const keepCodes = () => html`<section class="sheet" aria-labelledby="codes-title"><h2 id="codes-title">${t('officer.me.codes')}</h2>${notice('warn', html`<p><b>${t('officer.me.codes_once')}</b></p><p>${t('officer.me.codes_text')}</p>`)}
  <ol class="code-list">${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
  <p class="row noprint"><button class="button" type="button" @click=${() => { window.print(); }}>${icon('print')}${t('officer.me.print')}</button>
  <button class="button quiet" type="button" @click=${kept}>${t('officer.me.codes_kept')}</button></p></section>`;

function kept() {
  codes = [];
  page.forget();
  draw();
  focusOn('step-title');
}

/** @param {Secret} made */
const setUp = (made) => html`<ol class="steps-list"><li><p>${t('officer.me.scan')}</p>
    <svg class="qr" viewBox="0 0 ${made.side} ${made.side}" role="img" aria-label=${t('officer.me.qr')}><rect class="qr-ground" width="100%" height="100%"></rect><path d=${made.path}></path></svg>
    <p>${t('officer.me.by_hand')} <code class="command">${made.secret}</code></p></li>
  <li>${form(confirm, html`${codeField('app-code', 'appCode', t('officer.me.app_code'), t('officer.me.app_code_hint'))}${page.button('confirm', t('officer.me.confirm'), undefined)}`)}</li></ol>`;

const off = () => html`<p>${t('officer.me.step_off')}</p>${form(begin, html`${passwordField('step-password', 'password', t('officer.me.password'))}${page.button('begin', t('officer.me.begin'), undefined)}`)}`;

const on = () => html`<p>${icon('check')} <b>${t('officer.me.step_on')}</b> ${t('officer.me.codes_left', { count: step.recovery_codes })}</p>
  ${step.recovery_codes < 3 ? notice('warn', html`<p>${t('officer.me.few_codes')}</p>`) : nothing}
  <p>${t('officer.me.show_who')}</p>
  ${form(renew, html`${passwordField('step-password', 'password', t('officer.me.password'))}${codeField('step-code', 'code', t('officer.me.code'), t('officer.me.code_hint'))}
    <p class="row">${page.button('renew', t('officer.me.renew'), undefined)}${page.button('begin', t('officer.me.move'), begin, 'quiet')}
    ${step.required ? nothing : page.button('stop', t('officer.me.stop'), stop, 'quiet')}</p>`)}`;

const secondStep = () => html`<section class="sheet" aria-labelledby="step-title"><h2 id="step-title" tabindex="-1">${t('officer.me.step')}</h2>
  ${mustSetUp ? notice('warn', html`<p><b>${t('officer.me.must')}</b></p><p>${t('officer.me.must_text')}</p>`) : nothing}${secret ? setUp(secret) : step.on ? on() : off()}</section>`;

const password = () => html`<section class="sheet" aria-labelledby="password-title"><h2 id="password-title">${t('officer.me.change')}</h2><p>${t('officer.me.change_text')}</p>
  ${form(change, html`${passwordField('old-password', 'old', t('officer.me.old'))}${passwordField('new-password', 'fresh', t('officer.me.new'), t('officer.me.new_hint'), 'new-password')}
    ${page.button('change', t('officer.me.change_button'), undefined)}`)}</section>`;

const places = () => html`<section class="sheet" aria-labelledby="places-title"><h2 id="places-title">${t('officer.me.sign_ins')}</h2><p>${t('officer.me.sign_ins_text')}</p>
  <table class="tight"><thead><tr><th scope="col">${t('officer.me.began')}</th><th scope="col">${t('officer.me.ends')}</th></tr></thead>
  <tbody>${signIns.map((one) => html`<tr><th scope="row">${when(one.began)}${one.this ? html` <span class="tag go">${t('officer.me.this')}</span>` : nothing}</th><td>${when(one.ends)}</td></tr>`)}</tbody></table>
  <p>${page.button('leave', t('officer.me.leave'), leave, 'quiet')}</p></section>`;

function draw() {
  setTitle(title(), page.problems.length > 0);
  show(html`<div class="wide-read">${page.head()}<h1>${title()}</h1>${codes.length ? keepCodes() : html`${secondStep()}${mustSetUp ? nothing : html`${password()}${places()}`}`}
    ${mustSetUp || codes.length ? nothing : html`<p><a href=${path('o', 'who-may-do-what')}>${t('officer.may.title')}</a></p>`}</div>`);
}

officerPage('officer-me', async () => {
  await load();
  draw();
});
