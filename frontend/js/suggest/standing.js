// Where the draft is kept, under each page of the form: its key, the link by e-mail, two windows, no connection.
import { html, notice, nothing, Problem, reasonFor, t, textField } from '../lib.js';
import { keptUntil, kept, save, sendsMail, settle, standing, withKey } from './keeping.js';

const mail = { email: '', sent: '', reasons: /** @type {import('../lib.js').Reason[]} */ ([]) };

/** @param {any} round @param {() => void} draw @param {() => void} discard */
export function standingBox(round, draw, discard) {
  return html`${standing === 'conflict' ? conflict() : nothing}
    <div class="draft" id="draft"><p class="small" aria-live="polite">${t(`suggest.kept_${standing}`, { day: keptUntil?.day ?? '' })}
      ${standing === 'here' && kept.dirty ? html`<button type="button" class="link" @click=${() => { save(); }}>${t('problem.again')}</button>` : nothing}</p>
    ${kept.key ? html`<details class="more"><summary>${t('suggest.later')}</summary><div class="sheet">
      <p>${t('suggest.key_text')}</p><p><b class="key">${kept.key}</b></p>
      ${sendsMail || round.sends_mail ? link(draw) : nothing}
      <p><button type="button" class="link" @click=${() => { if (confirm(t('suggest.discard_sure'))) discard(); }}>${t(kept.number ? 'suggest.discard_change' : 'suggest.discard')}</button></p></div></details>` : nothing}</div>`;
}

const conflict = () => notice('warn', html`<p><b>${t('suggest.conflict')}</b></p><p>${t('suggest.conflict_text')}</p>
  <p class="row"><button type="button" class="button quiet" @click=${() => { settle(false); }}>${t('suggest.take_theirs')}</button>
    <button type="button" class="button quiet" @click=${() => { settle(true); }}>${t('suggest.keep_mine')}</button></p>`);

/** @param {() => void} draw */
const link = (draw) => html`${textField({
  name: 'link_email', label: t('suggest.link_email'), hint: t('suggest.link_hint'), type: 'email', autocomplete: 'email', mode: 'email', value: mail.email,
  error: reasonFor(mail.reasons, 'link_email'), input: (value) => { mail.email = value; },
})}<p><button type="button" class="button quiet" @click=${() => ask(draw)}>${t('suggest.link_send')}</button></p>
  <p aria-live="polite">${mail.sent ? t('suggest.link_sent', { email: mail.sent }) : nothing}</p>`;

/** @param {() => void} draw */
async function ask(draw) {
  mail.sent = '';
  try {
    await withKey('POST', 'draft/email', { email: mail.email.trim() });
    Object.assign(mail, { sent: mail.email.trim(), reasons: [] });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const reason = error.reasons[0] ?? { code: error.code, detail: error.detail, params: {} };
    mail.reasons = [{ ...reason, field: 'link_email' }];
  }
  draw();
}
