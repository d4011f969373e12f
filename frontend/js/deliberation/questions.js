// Questions to the officers, about a round or one of its proposals, with their answers, and the form to ask one.
import { api, areaField, errorSummary, html, icon, nothing, reasonFor, render, repeat, t, textField } from '../lib.js';
import { attempt, byline, keep, own, takeBack, talkApi, written } from './own.js';

/** @typedef {import('../lib.js').Reason} Reason */
/** @typedef {{id: string, state: string, name: string, parts: import('./own.js').Part[], reason: string, asked: import('../lib.js').Instant, answer: import('./own.js').Part[], answered: import('../lib.js').Instant | null}} Question */

const MOST = 2000;

/**
 * Show them in a place of a page, which the page leaves alone from then on.
 * @param {HTMLElement} place @param {string} round its slug @param {number | null} n a proposal's number; null for the round
 */
export async function questions(place, round, n) {
  const address = `${talkApi(round)}/questions`;
  /** @type {{open: boolean, at_once: boolean, items: Question[], more: boolean}} */
  let found;
  const at = { name: '', text: '', busy: false, asking: false, note: '', reasons: /** @type {Reason[]} */ ([]) };

  /** @param {string} after */
  const fetchQuestions = (after) => api('GET', `${address}?${new URLSearchParams({ ...(n === null ? {} : { number: String(n) }), ...(after ? { after } : {}) })}`);
  const load = async () => { found = await fetchQuestions(''); };

  /** @param {() => Promise<void>} act */
  async function doing(act) {
    if (at.busy) return;
    Object.assign(at, { busy: true, note: '', reasons: [] });
    draw();
    at.reasons = await attempt('talk', act) ?? [];
    at.busy = false;
    draw();
    /** @type {HTMLElement | null} */ (place.querySelector('.summary, .said-note'))?.focus();
  }

  /** @param {SubmitEvent} event */
  function send(event) {
    event.preventDefault();
    doing(async () => {
      const sent = await api('POST', address, { number: n, name: at.name, text: at.text });
      keep(round, (mine) => { mine.keys[sent.id] = sent.key; });
      Object.assign(at, { text: '', asking: false, note: t(sent.state === 'waiting' ? 'talk.asked_waiting' : 'talk.asked') });
      await load();
    });
  }

  const remove = (/** @type {string} */ id) => doing(async () => {
    await takeBack(round, 'questions', id);
    at.note = t('talk.removed_now');
    await load();
  });

  const more = () => doing(async () => {
    const next = await fetchQuestions(found.items[found.items.length - 1].id);
    found = { ...next, items: [...found.items, ...next.items] };
  });

  /** @param {Reason | undefined} error @param {string} name */
  const named = (error, name) => (error ? { ...error, field: name } : undefined);

  const form = () => html`<form class="sheet" novalidate @submit=${send}>${errorSummary(at.reasons.map((reason) => ({ ...reason, field: reason.field ? `question-${reason.field}` : '' })))}
    <h3>${t('talk.ask_title')}</h3><p class="small quiet">${t(found.at_once ? 'talk.ask_public' : 'talk.ask_answered')}</p>
    ${textField({ name: 'question-name', label: t('talk.name'), hint: t('talk.name_hint'), value: at.name, width: 'middle', autocomplete: 'nickname', error: named(reasonFor(at.reasons, 'name'), 'question-name'), input: (value) => { at.name = value; } })}
    ${areaField({ name: 'question-text', label: t('talk.question'), value: at.text, rows: 3, max: MOST, error: named(reasonFor(at.reasons, 'text'), 'question-text'), input: (value) => { at.text = value; draw(); } })}
    <button class="button" aria-disabled=${at.busy ? 'true' : nothing}>${t('talk.ask_send')}</button></form>`;

  function begin() {
    at.asking = true;
    draw();
    document.getElementById('f-question-name')?.focus();
  }

  /** @param {Question} one */
  const question = (one) => html`<li class="said">${one.state === 'hidden' ? html`<p class="quiet">${t('talk.hidden', { reason: one.reason })}</p>` : html`
    ${byline({ name: one.name, when: one.asked })}<div dir="auto">${written(one.parts)}</div>
    ${one.answered ? html`<div class="said official answer">${byline({ name: t('talk.answer'), when: one.answered })}<div dir="auto">${written(one.answer)}</div></div>` : html`<p class="quiet">${t('talk.no_answer')}</p>`}
    ${one.id in own(round).keys ? html`<p class="row acts"><button class="link" type="button" @click=${() => remove(one.id)}>${t('talk.remove')}</button></p>` : nothing}`}</li>`;

  function draw() {
    if (!found.open && found.items.length === 0) {
      render(nothing, place);
      return;
    }
    render(html`<section class="comments" aria-labelledby="questions-title"><h2 id="questions-title">${t(n === null ? 'talk.questions_round' : 'talk.questions')}</h2>
      ${at.note ? html`<div class="notice ok said-note" role="status" tabindex="-1">${icon('check')}<div><p>${at.note}</p></div></div>` : nothing}
      ${found.items.length === 0 ? html`<p>${t('talk.no_questions')}</p>` : html`<ol class="talk">${repeat(found.items, (one) => one.id, question)}</ol>`}
      ${found.more ? html`<p><button class="button quiet" type="button" @click=${more}>${t('talk.more_questions')}</button></p>` : nothing}
      ${!found.open ? nothing : at.asking ? form() : html`${at.reasons.length > 0 ? errorSummary(at.reasons) : nothing}<p><button class="button quiet" type="button" @click=${begin}>${t('talk.ask')}</button></p>`}</section>`, place);
  }

  await load();
  draw();
}
