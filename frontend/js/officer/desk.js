// What every officers' page has: who is signed in, the way to sign-in and back, the frame around a round.
import { api, announce, html, icon, knows, lang, nothing, page, params, path, Problem, reasonText, render, setTitle, show, t } from '../lib.js';

/** @typedef {{name: string, email: string, administrator: boolean, must_set_up: boolean, roles: {forum: string, forum_name: string, role: string}[]}} Me */

/** Where the sign-in page goes on to: only ever one of the officers' pages. @param {string | null} asked */
export const nextPage = (asked) => (asked !== null && new RegExp(`^/${lang}/[oa](/[^\\\\]*)?$`).test(asked) ? asked : path('o'));

/** The sign-in page, coming back here afterwards. */
export const signInAddress = () => `${path('o', 'sign-in')}?next=${encodeURIComponent(location.pathname + location.search)}`;

/** The address of an officers' page of a round. @param {string} slug @param {...(string | number)} parts */
export const desk = (slug, ...parts) => path('o', 'r', slug, ...parts);

/** The address of an API of a round. @param {string} slug @param {string} rest */
export const roundApi = (slug, rest) => `/api/rounds/${encodeURIComponent(slug)}/${rest}`;

/**
 * Begin an officers' page. Somebody who has not signed in is taken to the sign-in page and back; somebody without the
 * role reads so.
 * @param {string} name @param {(me: Me) => Promise<void>} start
 */
export function officerPage(name, start) {
  return page(name, async () => {
    try {
      const me = /** @type {Me} */ (await api('GET', '/api/me'));
      drawAccount(me);
      if (me.must_set_up && name !== 'officer-me') {
        location.replace(path('o', 'me'));
        return await new Promise(() => {});
      }
      await start(me);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) {
        location.replace(signInAddress());
        return await new Promise(() => {});
      }
      if (!(error instanceof Problem) || error.status !== 403) throw error;
      showNotAllowed();
    }
  });
}

/** @param {Me} me */
function drawAccount(me) {
  const place = /** @type {HTMLElement} */ (document.getElementById('account'));
  place.className = 'account';
  render(html`<a href=${path('o')}>${t('officer.account.today')}</a>${me.administrator ? html`<a href=${path('a')}>${t('officer.admin.title')}</a>` : nothing}<a class="who" href=${path('o', 'me')} title=${me.email}>${me.name}</a>
    <button class="bare" @click=${signOut}>${t('officer.account.sign_out')}</button>`, place);
}

async function signOut() {
  try {
    await api('POST', '/api/logout');
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 401) {
      announce(t('officer.account.still_in'));
      return;
    }
  }
  location.assign(`${path('o', 'sign-in')}?out=1`);
}

function showNotAllowed() {
  const title = t('officer.not_allowed.title');
  setTitle(title);
  show(html`<div class="read"><h1>${title}</h1><p>${t('officer.not_allowed.text')}</p>
    <p class="row"><a class="button" href=${path('o')}>${t('officer.not_allowed.today')}</a></p></div>`);
}

/**
 * Fetch what a person may not be allowed to read, or what is not there yet: null then.
 * @template T @param {Promise<T>} asked @param {number[]} [statuses] @returns {Promise<T | null>}
 */
export async function perhaps(asked, statuses = [403]) {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Problem && statuses.includes(error.status)) return null;
    throw error;
  }
}

/** @typedef {'setup' | 'proposals' | 'comments' | 'voters' | 'night' | 'voting' | 'count'} Tab */
/** @type {[Tab, string[]][]} */
const TABS = [['setup', []], ['proposals', ['proposals']], ['comments', ['comments']], ['voters', ['voters']], ['night', ['night']], ['voting', ['voting']], ['count', ['count']]];

/**
 * The head of a round's pages: forum, title, phase, and the way to the other pages of the round.
 * @param {{slug: string, title: string, forum: {name: string}, phase: string, rehearsal?: boolean}} round @param {Tab | ''} tab the page we are on
 * @param {{part?: string, waiting?: number}} [more] the heading, where it is not the round's title
 */
export const roundHead = (round, tab, more = {}) => html`
  <p class="over-title"><a class="back" href=${path('o')}>${t('officer.back.today')}</a><span>${round.forum.name}</span></p>
  <div class="row round-head">${more.part ? html`<p class="round-name">${round.title}</p>` : html`<h1>${round.title}</h1>`}${phaseTag(round.phase)}</div>
  <nav class="tabs" aria-label=${t('officer.tabs.label')}>${TABS.map(([name, parts]) => html`<a href=${desk(round.slug, ...parts)}
    aria-current=${name === tab ? 'page' : nothing}>${t(`officer.tab.${name}`)}</a>`)}</nav>
  ${more.part ? html`<h1>${more.part}</h1>` : nothing}${rehearsalNote(round)}`;

/** That a round is for practice only, on every page of it. @param {{rehearsal?: boolean}} round */
export const rehearsalNote = (round) => (round.rehearsal ? html`<p class="notice warn"><span><b>${t('officer.rehearsal.tag')}</b> ${t('officer.rehearsal.note')}</span></p>` : nothing);

/** @type {Record<string, string>} */
const PHASE_MOOD = { draft: 'plain', proposals: 'info', review: 'info', voting: 'go', counting: 'info', published: 'ok', delivery: 'ok', closed: 'plain', cancelled: 'bad' };

/** Where a round stands, as a word in a tag. @param {string} phase */
export const phaseTag = (phase) => html`<span class="tag ${PHASE_MOOD[phase] ?? 'plain'}">${PHASE_MOOD[phase] === 'ok' ? icon('check') : nothing}${t(`phase.${phase}`)}</span>`;

/** A note that something was done, which takes the focus. @param {unknown} text */
export const doneNote = (text) => html`<div class="notice ok" id="done" role="status" tabindex="-1">${icon('check')}<div>${text}</div></div>`;

/** Go to the note or the summary that was just drawn. @param {string} [id] */
export function focusOn(id = 'done') {
  const place = document.getElementById(id);
  place?.scrollIntoView({ block: 'nearest' });
  place?.focus();
}

/** What a page was told by the one before it, told once. @param {string} name */
export function toldOnce(name) {
  const query = new URLSearchParams(location.search);
  const value = query.get(name);
  if (value !== null) {
    query.delete(name);
    history.replaceState(null, '', location.pathname + (query.size ? `?${query}` : ''));
  }
  return value;
}

/** A refused request as lines of an error summary. @param {Problem} problem @returns {import('../lib.js').Reason[]} */
export function reasonsOf(problem) {
  if (problem.status === 401) return [ownReason('officer_signed_out', '')];
  if (problem.reasons.length > 0) return problem.reasons.map(readable);
  return [{ code: problem.code, detail: problem.detail, field: '', params: {} }];
}

/** What the API calls a field or a date, as the pages call it. @param {unknown} name */
const called = (name) => (knows(`officer.called.${name}`) ? t(`officer.called.${name}`) : String(name));

/** A reason whose parameters are words of the page, not names of the API. @param {import('../lib.js').Reason} reason @returns {import('../lib.js').Reason} */
export function readable(reason) {
  const params = { ...reason.params };
  for (const name of ['what', 'before', 'after']) if (name in params) params[name] = called(params[name]);
  if ('condition' in params) params.condition = t(`officer.conditions.${params.condition}`);
  if (reason.code === 'text_missing' && 'what' in params) return { ...reason, code: 'officer_text_missing', params };
  if (reason.field === 'proposals' && 'number' in params) return { ...reason, code: 'officer_of_proposal', params: { number: params.number, problem: reasonText(reason) } };
  return { ...reason, params };
}

/** What stands in the way of a round's next phase. @param {string} round its slug */
export async function readiness(round) {
  const ready = await api('GET', roundApi(round, 'readiness'));
  return { ...ready, reasons: ready.reasons.map(readable) };
}

/** A day, with its time. @param {import('../lib.js').Instant} instant */
export const when = (instant) => t('officer.when', { day: instant.day, time: instant.time });

/** A list of reasons, each with a link to the page where it is mended. @param {import('../lib.js').Reason[]} reasons @param {(reason: import('../lib.js').Reason) => string} address */
export const reasonList = (reasons, address) => html`<ul class="reasons">${reasons.map((reason) => {
  const to = address(reason);
  return html`<li>${to ? html`<a href=${to}>${reasonText(reason)}</a>` : reasonText(reason)}</li>`;
})}</ul>`;

/** The slug in the address. */
export const slug = params.round;

/** Warn before a page is left with something unsaved. @param {() => boolean} unsaved */
export function guardLeaving(unsaved) {
  addEventListener('beforeunload', (event) => {
    if (unsaved()) event.preventDefault();
  });
}

/** A reason of our own, before anything is sent. @param {string} code @param {string} field @param {Record<string, string | number>} [params] */
export const ownReason = (code, field, params = {}) => ({ code, field, params, detail: '' });
