// What residents say about one proposal: support before the vote, comments with replies, and the forms to write them.
import { announce, api, areaField, errorSummary, html, icon, nothing, number, reasonFor, render, repeat, t, textField } from '../lib.js';
import { attempt, byline, keep, own, takeBack, talkApi, written } from './own.js';

/** @typedef {import('../lib.js').Reason} Reason */
/** @typedef {{id: string, state: string, name: string, parts: import('./own.js').Part[], official: boolean, reason: string, written: import('../lib.js').Instant, replies: Said[]}} Said */
/** @typedef {{mode: string, open: boolean, backing: boolean, count: number | null, supports: number | null, items: Said[], more: boolean}} Talk */

const MOST = 2000;

/**
 * Show it in a place of a page, which the page leaves alone from then on.
 * @param {HTMLElement} place @param {string} round its slug @param {number} n the proposal's number
 */
export async function talk(place, round, n) {
  const address = `${talkApi(round)}/proposals/${n}`;
  /** @type {Talk} */
  let found;
  /** What is being done: where one writes ("" for a new comment, else the id of the one replied to), and what came of it. */
  const at = {
    form: '', name: '', text: '', busy: false, note: '', sent: '', flagged: '', why: '',
    reasons: /** @type {Reason[]} */ ([]), wrong: /** @type {Reason[]} */ ([]),
  };

  const fetchTalk = (/** @type {string} */ after) => api('GET', `${address}/comments${after ? `?after=${after}` : ''}`);
  const load = async () => { found = await fetchTalk(''); };

  /** @param {() => Promise<void>} act @param {'reasons' | 'wrong'} [where] */
  async function doing(act, where = 'wrong') {
    if (at.busy) return;
    Object.assign(at, { busy: true, note: '', reasons: [], wrong: [] });
    draw();
    at[where] = await attempt('talk', act) ?? [];
    at.busy = false;
    draw();
    if (at.reasons.length + at.wrong.length > 0) place.querySelector('.summary')?.scrollIntoView({ block: 'nearest' });
    /** @type {HTMLElement | null} */ (place.querySelector('.summary, .said-note'))?.focus();
  }

  /** @param {SubmitEvent} event */
  function send(event) {
    event.preventDefault();
    doing(async () => {
      const sent = await api('POST', `${address}/comments`, { name: at.name, text: at.text, parent: at.form || null });
      keep(round, (mine) => { mine.keys[sent.id] = sent.key; });
      Object.assign(at, { form: '', text: '', note: t(sent.state === 'waiting' ? 'talk.sent_waiting' : 'talk.sent'), sent: sent.state === 'waiting' ? sent.id : '' });
      await load();
    }, 'reasons');
  }

  const remove = (/** @type {string} */ id) => doing(async () => {
    await takeBack(round, 'comments', id);
    Object.assign(at, { note: t('talk.removed_now'), sent: '' });
    await load();
  });

  /** @param {string} id @param {string} reason */
  const flag = (id, reason) => doing(async () => {
    const { token } = keep(round, () => {});
    await api('POST', `${talkApi(round)}/comments/${id}/flag`, { token, reason });
    Object.assign(at, { flagged: reason ? '' : id, why: '' });
    if (reason) at.note = t('talk.flag_thanks');
    else announce(t('talk.flagged'));
  });

  const backed = () => own(round).backed.includes(n);
  const back = () => doing(async () => {
    const supports = !backed();
    const { token } = keep(round, () => {});
    const answer = await api('PUT', `${address}/support`, { token, supports });
    found.supports = answer.supports;
    keep(round, (mine) => { mine.backed = mine.backed.filter((one) => one !== n).concat(supports ? [n] : []); });
    announce(t(supports ? 'talk.backed_now' : 'talk.unbacked_now'));
  });

  const more = () => doing(async () => {
    const next = await fetchTalk(found.items[found.items.length - 1].id);
    found = { ...next, items: [...found.items, ...next.items] };
  });

  /** @param {string} id */
  function replyTo(id) {
    Object.assign(at, { form: id, note: '', reasons: [], wrong: [] });
    draw();
    document.getElementById('f-name')?.focus();
  }

  const support = () => (found.supports === null && !found.backing ? nothing : html`<section class="sheet support" aria-labelledby="support-title">
    <h2 id="support-title">${t('talk.support')}</h2>
    ${found.supports === null ? nothing : html`<p>${t('talk.supports', { count: found.supports, shown: number(found.supports) })}</p>`}
    ${found.backing ? html`<p><button class="button ${backed() ? '' : 'quiet'}" aria-pressed=${backed() ? 'true' : 'false'} aria-disabled=${at.busy ? 'true' : nothing} @click=${back}>${
      backed() ? icon('check') : nothing}${t(backed() ? 'talk.backed' : 'talk.back')}</button></p>` : nothing}
    <p class="small quiet">${t('talk.support_text')}</p></section>`);

  const form = () => html`<form class="sheet" novalidate @submit=${send}>${errorSummary(at.reasons)}
    ${at.form ? html`<h3>${t('talk.reply_title')}</h3>` : html`<h3>${t('talk.write')}</h3>`}
    <p class="small quiet">${t(found.mode === 'checked' ? 'talk.public_checked' : 'talk.public')}</p>
    ${textField({ name: 'name', label: t('talk.name'), hint: t('talk.name_hint'), value: at.name, width: 'middle', autocomplete: 'nickname', error: reasonFor(at.reasons, 'name'), input: (value) => { at.name = value; } })}
    ${areaField({ name: 'text', label: t('talk.text'), value: at.text, rows: 4, max: MOST, error: reasonFor(at.reasons, 'text'), input: (value) => { at.text = value; draw(); } })}
    <p class="row"><button class="button" aria-disabled=${at.busy ? 'true' : nothing}>${t(at.form ? 'talk.send_reply' : 'talk.send')}</button>
      ${at.form ? html`<button class="button quiet" type="button" @click=${() => replyTo('')}>${t('talk.no_reply')}</button>` : nothing}</p></form>`;

  /** @param {Said} one @param {boolean} reply */
  function actions(one, reply) {
    const mine = one.id in own(round).keys;
    const name = html`<span class="vh">: ${one.name}</span>`;
    return html`<p class="row acts">
      ${found.open && !reply ? html`<button class="link" type="button" @click=${() => replyTo(one.id)}>${t('talk.reply')}${name}</button>` : nothing}
      ${mine ? html`<button class="link" type="button" @click=${() => remove(one.id)}>${t('talk.remove')}${name}</button>`
        : html`<button class="link" type="button" @click=${() => flag(one.id, '')}>${t('talk.flag')}${name}</button>`}</p>
      ${at.flagged === one.id ? html`<form class="notice info" @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); flag(one.id, at.why.trim()); }}><div>
        <p>${t('talk.flagged')}</p>${textField({ name: 'why', label: t('talk.flag_why'), optional: true, value: at.why, width: 'middle', input: (value) => { at.why = value; draw(); } })}
        <button class="button quiet" aria-disabled=${at.why.trim() ? nothing : 'true'}>${t('talk.flag_send')}</button></div></form>` : nothing}`;
  }

  /** @param {Said} one @param {boolean} [reply] @returns {unknown} */
  const comment = (one, reply = false) => html`<li id="comment-${one.id}" class="said ${one.official ? 'official' : ''}">
    ${one.state === 'shown' ? html`${byline({ name: one.name, official: one.official, when: one.written })}<div dir="auto">${written(one.parts)}</div>${actions(one, reply)}`
      : html`<p class="quiet">${one.state === 'hidden' ? t('talk.hidden', { reason: one.reason }) : t('talk.gone')}</p>`}
    ${one.replies.length > 0 ? html`<ol class="talk">${repeat(one.replies, (each) => each.id, (each) => comment(each, true))}</ol>` : nothing}
    ${at.form === one.id ? form() : nothing}</li>`;

  function draw() {
    const quiet = found.items.length === 0;
    render(html`${support()}${quiet && !found.open ? nothing : html`<section class="comments" aria-labelledby="comments-title">
      <h2 id="comments-title">${found.count ? t('talk.title_count', { count: found.count, shown: number(found.count) }) : t('talk.title')}</h2>
      <p class="small quiet">${t('talk.not_votes')}</p>
      ${at.note ? html`<div class="notice ok said-note" role="status" tabindex="-1">${icon('check')}<div><p>${at.note}</p>${
        at.sent ? html`<p><button class="link" type="button" @click=${() => remove(at.sent)}>${t('talk.remove_waiting')}</button></p>` : nothing}</div></div>` : nothing}
      ${errorSummary(at.wrong)}
      ${quiet ? html`<p>${t('talk.none')}</p>` : html`<ol class="talk">${repeat(found.items, (one) => one.id, (one) => comment(one))}</ol>`}
      ${found.more ? html`<p><button class="button quiet" type="button" @click=${more}>${t('talk.more')}</button></p>` : nothing}
      ${found.open ? (at.form ? nothing : form()) : html`<p class="notice info">${t('talk.closed')}</p>`}</section>`}`, place);
  }

  await load();
  draw();
}
