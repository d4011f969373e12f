// How a page begins, and its states: loading (in the shell), error, offline, not found.
import { html, nothing, render } from '../../vendor/lit-html/lit-html.js';
import { lang, loadWords, path, Problem, reasonText, setTitle, t } from './core.js';
import { icon } from './parts.js';

let drawn = false;

/** Draw the page; the first time this replaces the shell's loading state. @param {unknown} content */
export function show(content) {
  const main = /** @type {HTMLElement} */ (document.getElementById('main'));
  if (!drawn) main.replaceChildren();
  drawn = true;
  render(content, main);
}

/**
 * Begin a page: load its words, run `start` (which fetches and calls `show`), and turn whatever goes wrong into a page
 * that says so. `name` is for measuring.
 * @param {string} name @param {() => Promise<void>} start
 */
export async function page(name, start) {
  try {
    await loadWords();
  } catch {
    document.getElementById('main')?.append(t('offline.strip'));
    return;
  }
  watchConnection();
  keepPlaceInLanguageMenu();
  try {
    await start();
    performance.mark('pb-interactive', { detail: name });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    showProblem(error, () => { location.reload(); });
  }
  if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

/** The whole page is a problem: not found, not reached, or refused. @param {Problem} problem @param {() => void} again */
export function showProblem(problem, again) {
  const missing = problem.status === 404;
  const title = t(missing ? 'problem.not_found' : problem.status === 0 ? 'problem.not_reached' : 'problem.title');
  setTitle(title);
  show(html`<h1>${title}</h1>
    <div class="notice bad" role="alert"><p>${reasonText(problem)}</p>${problem.reasons.map((reason) => html`<p>${reasonText(reason)}</p>`)}</div>
    <p class="row">${missing ? nothing : html`<button class="button" @click=${again}>${t('problem.again')}</button>`}
      <a class="button quiet" href=${path()}>${t('problem.home')}</a></p>`);
}

function watchConnection() {
  const strip = /** @type {HTMLElement} */ (document.getElementById('offline'));
  const update = () => {
    strip.hidden = navigator.onLine;
    strip.textContent = navigator.onLine ? '' : t('offline.strip');
  };
  addEventListener('online', update);
  addEventListener('offline', update);
  update();
}

function keepPlaceInLanguageMenu() {
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll('.languages a'))) {
    link.href = location.pathname.replace(`/${lang}`, `/${link.hreflang}`) + location.search;
  }
}

/** A box in place of a form or a list: why there is nothing, and the next step. @param {unknown} title @param {unknown} text @param {unknown} [more] */
export const emptyState = (title, text, more) => html`<div class="sheet empty"><h2>${title}</h2><p>${text}</p>${more ?? nothing}</div>`;

/** A note with a mood. @param {'bad' | 'warn' | 'ok' | 'info'} mood @param {unknown} content */
export const notice = (mood, content) => html`<div class="notice ${mood}">${mood === 'ok' ? icon('check') : nothing}<div>${content}</div></div>`;

/** Phone and address of the people who can help, in the foot of the page. @param {{phone: string, email: string}} contact */
export function setHelp(contact) {
  const line = /** @type {HTMLElement} */ (document.getElementById('help-line'));
  line.hidden = !contact.phone && !contact.email;
  render(html`${contact.phone ? html`<a href="tel:${contact.phone.replaceAll(' ', '')}">${t('foot.phone', { phone: contact.phone })}</a>` : nothing}
    ${contact.email ? html`<a href="mailto:${contact.email}">${contact.email}</a>` : nothing}`, line);
}

/** What every page of a round has: whom to ask, and a banner where the round is for practice or not public yet. @param {any} round */
export function setRound(round) {
  setHelp(round.contact);
  const banner = /** @type {HTMLElement} */ (document.getElementById('banner'));
  banner.hidden = !round.rehearsal && !round.preview;
  banner.textContent = banner.hidden ? '' : t(round.rehearsal ? 'round.rehearsal' : 'round.preview');
}
