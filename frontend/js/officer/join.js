// A link that was handed out: to join with a name and a password, to add roles to one's account, or to a new password.
import { api, errorSummary, focusSummary, html, nothing, page, path, Problem, reasonFor, reasonText, setTitle, show, t, textField } from '../lib.js';
import { ownReason, perhaps, reasonsOf, when } from './desk.js';

const KEPT = 'pbvote:join';
const typed = { name: '', password: '' };
/** @type {{email: string, resets: boolean, has_account: boolean, administrator: boolean, roles: {forum_name: string, role: string}[], ends: import('../lib.js').Instant}} */
let found;
/** @type {{email: string} | null} */
let me = null;
/** @type {import('../lib.js').Reason[]} */
let problems = [];
let busy = false;
let done = false;

/** The token is taken out of the address, so that it stands in no history; signing in leads back here. */
function token() {
  if (location.hash.length > 1) {
    sessionStorage.setItem(KEPT, location.hash.slice(1));
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(KEPT) ?? '';
}

const title = () => t(found.resets ? 'officer.join.new_password' : 'officer.join.title');

/** @param {() => Promise<unknown>} send @param {string} [next] */
async function act(send, next) {
  if (busy) return;
  busy = true;
  draw();
  try {
    await send();
    sessionStorage.removeItem(KEPT);
    if (next) {
      location.assign(next);
      return;
    }
    done = true;
    problems = [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problems = reasonsOf(error);
  }
  busy = false;
  draw();
  if (problems.length > 0) focusSummary(title());
}

/** @param {SubmitEvent} event */
function submit(event) {
  event.preventDefault();
  const body = { token: token(), password: typed.password };
  problems = found.resets || typed.name.trim() ? [] : [ownReason('name_missing', 'name')];
  if (problems.length > 0) {
    draw();
    focusSummary(title());
    return;
  }
  if (found.resets) void act(() => api('POST', '/api/invites/reset', body));
  else void act(() => api('POST', '/api/invites/accept', { ...body, name: typed.name.trim() }), path('o'));
}

const password = () => textField({ name: 'password', label: t('officer.me.new'), hint: t('officer.me.new_hint'), type: 'password', autocomplete: 'new-password', value: typed.password,
  error: reasonFor(problems, 'password'), input: (value) => { typed.password = value; } });

const form = () => html`<form novalidate @submit=${submit}>
  ${found.resets ? nothing : textField({ name: 'name', label: t('officer.join.name'), hint: t('officer.join.name_hint'), autocomplete: 'name', value: typed.name, error: reasonFor(problems, 'name'), input: (value) => { typed.name = value; } })}
  ${password()}<button class="button" aria-disabled=${busy ? 'true' : nothing}>${t(found.resets ? 'officer.join.set' : 'officer.join.button')}</button></form>`;

const given = () => html`<ul>${found.administrator ? html`<li>${t('officer.people.administrator')}</li>` : nothing}${found.roles.map((role) => html`<li>${t('officer.join.role', { role: t(`officer.role.${role.role}`), forum: role.forum_name })}</li>`)}</ul>`;

function withAccount() {
  if (me === null) return html`<p>${t('officer.join.sign_in', { email: found.email })}</p><p><a class="button" href="${path('o', 'sign-in')}?next=${encodeURIComponent(path('o', 'join'))}">${t('officer.sign_in.button')}</a></p>`;
  if (me.email !== found.email) return html`<p>${t('officer.join.somebody_else', { email: found.email, me: me.email })}</p>`;
  return html`<p><button class="button" aria-disabled=${busy ? 'true' : nothing} @click=${() => act(() => api('POST', '/api/invites/join', { token: token() }), path('o'))}>${t('officer.join.add')}</button></p>`;
}

function draw() {
  setTitle(title(), problems.length > 0);
  if (done) {
    show(html`<div class="read"><h1>${title()}</h1><p>${t('officer.join.done')}</p><p><a class="button" href=${path('o', 'sign-in')}>${t('officer.sign_in.button')}</a></p></div>`);
    return;
  }
  show(html`<div class="read">${errorSummary(problems)}<h1>${title()}</h1>
    ${found.resets ? html`<p>${t('officer.join.resets', { email: found.email })}</p>` : html`<p>${t('officer.join.lead', { email: found.email })}</p>${given()}`}
    <p class="quiet">${t('officer.join.until', { when: when(found.ends) })}</p>${!found.resets && found.has_account ? withAccount() : form()}</div>`);
}

page('officer-join', async () => {
  try {
    found = await api('POST', '/api/invites/look', { token: token() });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 410) throw error;
    const gone = t('officer.join.gone');
    setTitle(gone);
    show(html`<div class="read"><h1>${gone}</h1><p>${reasonText(error)}</p><p><a class="button quiet" href=${path('o', 'sign-in')}>${t('officer.sign_in.button')}</a></p></div>`);
    return;
  }
  if (found.has_account && !found.resets) me = await perhaps(api('GET', '/api/me'), [401]);
  draw();
});
