// Sign in, and on to the page that was asked for.
import { api, errorSummary, focusSummary, html, notice, nothing, page, Problem, reasonFor, setTitle, show, t, textField } from '../lib.js';
import { nextPage } from './desk.js';

const query = new URLSearchParams(location.search);
const title = () => t('officer.sign_in.title');
const typed = { email: '', password: '', code: '' };
let codeNeeded = false;
/** @type {import('../lib.js').Reason[]} */
let problems = [];
let busy = false;

function draw() {
  setTitle(title(), problems.length > 0);
  show(html`<div class="read">${errorSummary(problems)}
    <h1>${title()}</h1>
    ${query.has('out') && problems.length === 0 ? notice('ok', html`<p>${t('officer.sign_in.out')}</p>`)
      : query.has('next') && problems.length === 0 ? notice('info', html`<p>${t('officer.sign_in.needed')}</p>`) : nothing}
    ${codeNeeded ? codeForm() : html`<p>${t('officer.sign_in.lead')}</p>
    <form novalidate @submit=${submit}>
      ${textField({ name: 'email', label: t('officer.sign_in.email'), type: 'email', autocomplete: 'username', value: typed.email,
        error: reasonFor(problems, 'email'), input: (value) => { typed.email = value; } })}
      ${textField({ name: 'password', label: t('officer.sign_in.password'), type: 'password', autocomplete: 'current-password', value: typed.password,
        error: reasonFor(problems, 'password'), input: (value) => { typed.password = value; } })}
      <button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.sign_in.button')}</button>
    </form>
    <p class="quiet after">${t('officer.sign_in.forgotten')}</p>`}</div>`);
}

/** The second step. */
const codeForm = () => html`<p>${t('officer.sign_in.code_lead')}</p><form novalidate @submit=${submitCode}>
  ${textField({ name: 'code', label: t('officer.me.code'), hint: t('officer.me.code_hint'), autocomplete: 'one-time-code', width: 'middle', value: typed.code, error: reasonFor(problems, 'code'), input: (value) => { typed.code = value; } })}
  <button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.sign_in.button')}</button></form><p class="quiet after">${t('officer.sign_in.code_lost')}</p>`;

/** @param {SubmitEvent} event */
async function submitCode(event) {
  event.preventDefault();
  if (busy) return;
  problems = typed.code.trim() ? [] : [reason('one_time_code_missing', 'code')];
  if (problems.length === 0) await sendCode();
  if (problems.length === 0) return;
  draw();
  focusSummary(title());
}

async function sendCode() {
  busy = true;
  draw();
  try {
    await api('POST', '/api/login/code', { code: typed.code });
    location.replace(nextPage(query.get('next')));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) codeNeeded = false; // it took too long: the password again
    problems = [{ ...reason(error.status === 401 ? 'officer_signed_out' : error.code, error.status === 401 ? '' : 'code'), detail: error.detail }];
  }
  busy = false;
}

/** @param {string} code @param {string} field */
const reason = (code, field) => ({ code, field, params: {}, detail: '' });

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  if (busy) return;
  problems = [
    ...(typed.email.trim() ? [] : [reason('officer_email_missing', 'email')]),
    ...(typed.password ? [] : [reason('officer_password_missing', 'password')]),
  ];
  if (problems.length === 0) await send();
  if (problems.length === 0) return;
  draw();
  focusSummary(title());
}

async function send() {
  busy = true;
  draw();
  try {
    const answer = await api('POST', '/api/login', { email: typed.email.trim(), password: typed.password });
    if (!answer.code_needed) {
      location.replace(nextPage(query.get('next')));
      return;
    }
    Object.assign(typed, { password: '', code: '' });
    codeNeeded = true;
    busy = false;
    draw();
    document.getElementById('f-code')?.focus();
    return;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problems = [{ ...reason(error.code, error.code === 'sign_in_failed' ? 'email' : ''), detail: error.detail }];
  }
  busy = false;
}

page('officer-sign-in', async () => { draw(); });
