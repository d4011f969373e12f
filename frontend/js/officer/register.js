// Putting one person on the roll at a desk: what they showed is noted by its kind, and their code is shown once.
import { announce, api, errorSummary, focusSummary, html, icon, nothing, Problem, radioField, reasonFor, t, textField } from '../lib.js';
import { focusOn, ownReason, reasonsOf, roundApi, slug } from './desk.js';

const EVIDENCE = ['known-to-officer', 'letter', 'photo-id', 'proof-of-address', 'attested'];

/** @param {{title: string, redraw: () => void, reload: () => Promise<void>, print: (code: string, reference: string) => void}} page */
export function registration({ title, redraw, reload, print }) {
  const typed = { reference: '', evidence: '' };
  let busy = false;
  /** @type {{code: string, reference: string} | null} */
  let made = null;
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];

  /** @param {SubmitEvent} event */
  async function register(event) {
    event.preventDefault();
    if (busy) return;
    problems = [
      ...(typed.reference.trim() ? [] : [ownReason('officer_reference_missing', 'new-reference')]),
      ...(typed.evidence ? [] : [ownReason('officer_evidence_missing', 'evidence')]),
    ];
    if (problems.length === 0) await send();
    redraw();
    if (problems.length > 0) focusSummary(title);
    else focusOn('registered-code');
  }

  async function send() {
    busy = true;
    try {
      const answer = await api('POST', roundApi(slug, 'roll/registrations'), { reference: typed.reference.trim(), evidence: typed.evidence });
      made = { code: answer.code, reference: typed.reference.trim() };
      Object.assign(typed, { reference: '', evidence: '' });
      announce(t('officer.register.done'));
      await reload().catch(() => {}); // the code is what matters now
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error).map((reason) => (reason.field === 'reference' ? { ...reason, field: 'new-reference' } : reason));
    }
    busy = false;
  }

  const done = () => {
    made = null;
    redraw();
    focusOn('f-new-reference');
  };

  const shown = (/** @type {{code: string, reference: string}} */ one) => html`<div id="registered-code" tabindex="-1"><div class="notice warn">${icon('warn')}<div><p><b>${t('officer.replace.once')}</b></p></div></div>
    <p class="code-text">${one.code}</p><p>${t('officer.replace.for', { reference: one.reference })}</p>
    <p class="row"><button class="button" @click=${() => print(one.code, one.reference)}>${icon('print')}${t('officer.replace.print')}</button><button class="button quiet" @click=${done}>${t('officer.replace.finished')}</button></p></div>`;

  const form = () => html`<p>${t('officer.register.text')}</p><form novalidate @submit=${register}>
    ${textField({ name: 'new-reference', label: t('officer.register.reference'), hint: t('officer.register.hint'), value: typed.reference, width: 'middle', error: reasonFor(problems, 'new-reference'), input: (value) => { typed.reference = value; } })}
    ${radioField({
      name: 'evidence', label: t('officer.register.evidence'), hint: t('officer.register.evidence_hint'), value: typed.evidence, error: reasonFor(problems, 'evidence'),
      options: EVIDENCE.map((value) => ({ value, text: t(`officer.register.${value.replaceAll('-', '_')}`) })), change: (value) => { typed.evidence = value; },
    })}
    <button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.register.button')}</button></form>`;

  return {
    summary: () => errorSummary(problems),
    draw: () => html`<section class="sheet" aria-labelledby="register-title"><h2 id="register-title">${t('officer.register.title')}</h2>${made ? shown(made) : form()}</section>`,
  };
}
