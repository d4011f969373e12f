// The box with which a forum, a round or a proposal is followed by e-mail.
import { api, errorSummary, html, icon, nothing, radioField, reasonFor, render, t, textField } from '../lib.js';
import { attempt } from './own.js';

/** @typedef {import('../lib.js').Reason} Reason */
/** @typedef {{kind: 'forum' | 'round' | 'proposal', slug: string, number?: number}} What */

/**
 * Show it in a place of a page, which the page leaves alone from then on; nothing where no e-mail is sent.
 * @param {HTMLElement} place @param {What} what
 */
export async function follow(place, what) {
  if (!(await api('GET', '/api/following')).possible) return;
  const at = { email: '', how: 'at_once', busy: false, hours: 0, open: false, reasons: /** @type {Reason[]} */ ([]) };

  /** @param {SubmitEvent} event */
  async function send(event) {
    event.preventDefault();
    if (at.busy) return;
    at.busy = true;
    draw();
    at.reasons = await attempt('follow', async () => {
      const body = { kind: what.kind, slug: what.slug, number: what.number ?? null, email: at.email.trim(), how: at.how };
      at.hours = (await api('POST', '/api/following', body)).hours;
    }) ?? [];
    at.busy = false;
    draw();
    /** @type {HTMLElement | null} */ (place.querySelector('.summary, .said-note'))?.focus();
  }

  const form = () => html`<form novalidate @submit=${send}>${errorSummary(at.reasons)}
    ${textField({ name: 'email', label: t('follow.email'), hint: t('follow.email_hint'), type: 'email', autocomplete: 'email', value: at.email, width: 'middle', error: reasonFor(at.reasons, 'email'), input: (value) => { at.email = value; } })}
    ${radioField({ name: 'how', label: t('follow.how'), value: at.how, options: ['at_once', 'daily'].map((value) => ({ value, text: t(`follow.${value}`) })), change: (value) => { at.how = value; draw(); } })}
    <button class="button" aria-disabled=${at.busy ? 'true' : nothing}>${t('follow.send')}</button></form>`;

  function draw() {
    render(html`<details class="more follow" ?open=${at.open} @toggle=${(/** @type {Event} */ event) => { at.open = /** @type {HTMLDetailsElement} */ (event.currentTarget).open; }}>
      <summary>${t(`follow.title_${what.kind}`)}</summary><div class="sheet read">
      ${at.hours > 0 ? html`<div class="notice ok said-note" role="status" tabindex="-1">${icon('check')}<div><p>${t('follow.asked', { count: at.hours })}</p></div></div>`
        : html`<p>${t(`follow.text_${what.kind}`)}</p>${form()}`}</div></details>`, place);
  }

  draw();
}
