// A new code in place of a lost one: found by the forum's reference, shown once.
import { announce, api, errorSummary, focusSummary, html, icon, nothing, Problem, reasonFor, t, textField } from '../lib.js';
import { focusOn, ownReason, reasonsOf, roundApi, slug } from './desk.js';

/** @param {{title: string, redraw: () => void, print: (code: string, reference: string) => void}} page */
export function replacement({ title, redraw, print }) {
  let reference = '';
  let busy = false;
  /** @type {{code: string, reference: string} | null} */
  let made = null;
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];

  /** @param {SubmitEvent} event */
  async function replace(event) {
    event.preventDefault();
    if (busy) return;
    problems = reference.trim() ? [] : [ownReason('officer_reference_missing', 'reference')];
    if (problems.length === 0) await send();
    redraw();
    if (problems.length > 0) focusSummary(title);
    else focusOn('new-code');
  }

  async function send() {
    busy = true;
    try {
      const answer = await api('POST', roundApi(slug, 'replacement-code'), { reference: reference.trim() });
      made = { code: answer.code, reference: reference.trim() };
      reference = '';
      announce(t('officer.replace.done'));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error);
    }
    busy = false;
  }

  const done = () => {
    made = null;
    redraw();
    focusOn('f-reference');
  };

  const shown = (/** @type {{code: string, reference: string}} */ one) => html`<div id="new-code" tabindex="-1"><div class="notice warn">${icon('warn')}<div><p><b>${t('officer.replace.once')}</b></p><p>${t('officer.replace.old')}</p></div></div>
    <p class="code-text">${one.code}</p><p>${t('officer.replace.for', { reference: one.reference })}</p>
    <p class="row"><button class="button" @click=${() => print(one.code, one.reference)}>${icon('print')}${t('officer.replace.print')}</button><button class="button quiet" @click=${done}>${t('officer.replace.finished')}</button></p></div>`;

  return {
    summary: () => errorSummary(problems),
    draw: () => html`<section class="sheet" aria-labelledby="replace-title"><h2 id="replace-title">${t('officer.replace.title')}</h2>
      ${made ? shown(made) : html`<p>${t('officer.replace.text')}</p><form novalidate @submit=${replace}>
        ${textField({ name: 'reference', label: t('officer.file.reference'), hint: t('officer.replace.hint'), value: reference, width: 'middle', error: reasonFor(problems, 'reference'), input: (value) => { reference = value; } })}
        <button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.replace.button')}</button></form>`}</section>`,
  };
}
