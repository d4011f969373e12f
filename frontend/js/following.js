// What somebody follows by e-mail: confirm it with the link that came, see all of it, change it, stop.
import { api, html, notice, nothing, page, path, radioField, setTitle, show, t } from './lib.js';
import { attempt } from './deliberation/own.js';

/** @typedef {{id: string, kind: string, title: string, path: (string | number)[]}} Followed */

const CONFIRM = 'confirm=';
/** @type {{how: string, items: Followed[]} | null} */
let mine = null;
const at = { token: '', busy: false, note: '', gone: false, reasons: /** @type {import('./lib.js').Reason[]} */ ([]) };

page('following', async () => {
  addEventListener('hashchange', () => { location.reload(); });
  const given = location.hash.slice(1);
  if (!given.startsWith(CONFIRM)) {
    at.token = given;
    await load();
  }
  draw();
});

async function load() {
  if (!at.token) return;
  at.gone = (await attempt('follow', async () => { mine = await api('POST', '/api/following/mine', { token: at.token }); })) !== null;
}

/** @param {() => Promise<void>} act */
async function doing(act) {
  if (at.busy) return;
  Object.assign(at, { busy: true, note: '', reasons: [] });
  draw();
  at.reasons = await attempt('follow', act) ?? [];
  at.busy = false;
  draw();
  document.getElementById('done')?.focus();
}

const confirm = () => doing(async () => {
  const done = await api('POST', '/api/following/confirm', { token: location.hash.slice(1 + CONFIRM.length) });
  at.token = done.token;
  history.replaceState(null, '', `#${done.token}`);
  await load();
  at.note = t('follow.confirmed', { title: done.title });
});

/** @param {Followed | null} one null for everything */
const stop = (one) => doing(async () => {
  await api('POST', '/api/following/stop', { token: at.token, id: one?.id ?? null });
  at.note = one ? t('follow.stopped', { title: one.title }) : t('follow.stopped_all');
  mine = one && mine ? { ...mine, items: mine.items.filter((other) => other.id !== one.id) } : null;
  if (mine?.items.length === 0) mine = null;
});

/** @param {string} how */
function tell(how) {
  if (mine === null || at.busy) return;
  mine.how = how;
  doing(async () => {
    await api('POST', '/api/following/how', { token: at.token, how });
    at.note = t('follow.changed');
  });
}

const nothingHere = () => html`<p class="lead">${t('follow.nothing')}</p><p>${t('follow.nothing_text')}</p><p><a class="button quiet" href=${path()}>${t('problem.home')}</a></p>`;

const wrong = () => html`<div class="notice bad" id="done" role="alert" tabindex="-1">${at.reasons.map((reason) => html`<p>${reason.detail}</p>`)}</div>`;

/** @param {Followed} one */
const row = (one) => html`<tr><th scope="row" class="all"><a href=${path(...one.path)}>${one.title}</a><span class="hint small block">${t(`follow.kind_${one.kind}`)}</span></th>
  <td class="num"><button class="button quiet" @click=${() => stop(one)}>${t('follow.stop')}<span class="vh">: ${one.title}</span></button></td></tr>`;

function list() {
  if (!mine) return at.note ? nothing : nothingHere();
  return html`<div class="sheet"><table class="tight"><caption class="vh">${t('follow.mine')}</caption><tbody>${mine.items.map(row)}</tbody></table></div>
    ${radioField({ name: 'how', label: t('follow.how'), value: mine.how, options: ['at_once', 'daily'].map((value) => ({ value, text: t(`follow.${value}`) })), change: tell })}
    <h2>${t('follow.all')}</h2><p>${t('follow.all_text')}</p><p><button class="button danger" @click=${() => stop(null)}>${t('follow.stop_all')}</button></p>`;
}

function draw() {
  const asking = location.hash.startsWith(`#${CONFIRM}`);
  const title = t(asking ? 'follow.confirm' : 'follow.mine');
  setTitle(title, at.reasons.length > 0);
  show(html`<div class="read"><h1>${title}</h1>
    ${at.note ? html`<div id="done" role="status" tabindex="-1">${notice('ok', html`<p>${at.note}</p>`)}</div>` : nothing}${at.reasons.length > 0 ? wrong() : nothing}
    ${asking ? html`<p class="lead">${t('follow.confirm_text')}</p><p><button class="button big" aria-disabled=${at.busy ? 'true' : nothing} @click=${confirm}>${t('follow.confirm_button')}</button></p>
      <p class="quiet">${t('follow.confirm_not')}</p>` : list()}</div>`);
}
