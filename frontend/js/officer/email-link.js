// Whether people may have a voting code by e-mail: what that means is said before it can be allowed.
import { announce, api, checkField, errorSummary, focusSummary, html, icon, nothing, Problem, reasonFor, t } from '../lib.js';
import { focusOn, ownReason, reasonsOf, roundApi, slug } from './desk.js';

/**
 * `mayAllow` is until voting opens, `mayStop` until it closes.
 * @param {{title: string, redraw: () => void, setup: () => any, changed: (setup: any) => void, mayAllow: () => boolean, mayStop: () => boolean}} page
 */
export function emailLinks({ title, redraw, setup, changed, mayAllow, mayStop }) {
  let sure = false;
  let busy = false;
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];

  /** @param {boolean} allowed */
  async function change(allowed) {
    if (busy) return;
    problems = allowed && !sure ? [ownReason('officer_email_link_unsure', 'email-link-sure')] : [];
    if (problems.length === 0) await send(allowed);
    redraw();
    if (problems.length > 0) focusSummary(title);
    else focusOn('email-link-state');
  }

  /** @param {boolean} allowed */
  async function send(allowed) {
    busy = true;
    try {
      changed(await api('PUT', roundApi(slug, 'setup/email-link'), { allowed, version: setup().version }));
      sure = false;
      announce(t(allowed ? 'officer.email_link.on' : 'officer.email_link.off'));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error);
    }
    busy = false;
  }

  /** @param {boolean} sendsMail */
  function control(sendsMail) {
    if (setup().email_link) return mayStop() ? html`<p><button class="button quiet" @click=${() => change(false)}>${t('officer.email_link.stop')}</button></p>` : nothing;
    if (!mayAllow()) return nothing;
    if (!sendsMail) return html`<p class="quiet">${t('reason.no_mail')}</p>`;
    return html`<div class="notice warn">${icon('warn')}<div><p><b>${t('officer.email_link.warning')}</b></p><p>${t('officer.email_link.warning_text')}</p></div></div>
      ${checkField({ name: 'email-link-sure', label: t('officer.email_link.sure'), checked: sure, error: reasonFor(problems, 'email-link-sure'), change: (value) => { sure = value; } })}
      <p><button class="button quiet" @click=${() => change(true)}>${t('officer.email_link.allow')}</button></p>`;
  }

  return {
    summary: () => errorSummary(problems),
    /** @param {boolean} sendsMail */
    draw: (sendsMail) => html`<section class="sheet" aria-labelledby="email-link-title"><h2 id="email-link-title">${t('officer.email_link.title')}</h2><p>${t('officer.email_link.text')}</p>
      <p id="email-link-state" tabindex="-1"><b>${t(setup().email_link ? 'officer.email_link.on' : 'officer.email_link.off')}</b></p>${control(sendsMail)}</section>`,
  };
}
