// The roll from a file: choose it, look at what it holds, and only then put people on the roll.
import { announce, errorSummary, focusSummary, html, icon, nothing, number, Problem, reasonFor, reasonText, setTitle, t, textField, wrapField } from '../lib.js';
import { focusOn, ownReason, reasonsOf, roundApi, slug } from './desk.js';
import { sendFile } from './files.js';

const MOST_BYTES = 32 * 1024 * 1024;

/** @param {{title: string, redraw: () => void, done: (size: number) => Promise<void>}} page */
export function rollFile({ title, redraw, done }) {
  /** @type {File | null} */
  let file = null;
  /** @type {any} */
  let seen = null;
  let label = '';
  /** @type {'' | 'looking' | 'importing'} */
  let busy = '';
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];

  /** @param {'looking' | 'importing'} what @param {() => Promise<void>} act */
  async function run(what, act) {
    if (busy) return;
    busy = what;
    problems = [];
    redraw();
    announce(t(`officer.file.${what}`));
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = error.code === 'roll_file_is_wrong' ? [{ code: error.code, detail: error.detail, field: '', params: {} }] : reasonsOf(error);
      if (error.code === 'roll_file_is_wrong') seen = null;
    }
    busy = '';
    redraw();
    if (problems.length > 0) focusSummary(title);
  }

  const look = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    problems = [
      ...(label.trim() ? [] : [ownReason('officer_list_label_missing', 'file-label')]),
      ...(file === null ? [ownReason('officer_file_missing', 'file')] : []),
      ...(file !== null && file.size > MOST_BYTES ? [ownReason('officer_file_too_large', 'file')] : []),
    ];
    if (problems.length > 0) {
      redraw();
      focusSummary(title);
      return;
    }
    run('looking', async () => {
      seen = await sendFile(roundApi(slug, 'roll-file/look'), /** @type {File} */ (file));
      setTitle(title);
    }).then(() => { if (seen) focusOn('file-seen'); });
  };

  const confirm = () => run('importing', async () => {
    const query = new URLSearchParams({ label: label.trim(), sha256: seen.sha256 });
    const batch = await sendFile(`${roundApi(slug, 'roll-file')}?${query}`, /** @type {File} */ (file));
    seen = file = null;
    label = '';
    await done(batch.size);
  });

  const forget = () => {
    seen = null;
    redraw();
    focusOn('f-file');
  };

  const working = () => html`<div role="status"><p>${t(`officer.file.${busy}`)}</p><progress aria-label=${t(`officer.file.${busy}`)}></progress></div>`;

  const form = () => html`<form novalidate @submit=${look}>
    ${textField({ name: 'file-label', label: t('officer.file.label'), hint: t('officer.file.label_hint'), value: label, error: reasonFor(problems, 'file-label'), input: (value) => { label = value; } })}
    ${wrapField({ name: 'file', label: t('officer.file.file'), hint: t('officer.file.file_hint'), error: reasonFor(problems, 'file') }, (describedBy) => html`
      <input id="f-file" type="file" accept=".csv,text/csv" aria-describedby=${describedBy} @change=${(/** @type {Event} */ event) => { file = /** @type {HTMLInputElement} */ (event.currentTarget).files?.[0] ?? null; }}>`)}
    ${busy ? working() : html`<button class="button">${t('officer.file.look')}</button>`}</form>`;

  const firstRows = () => html`<h4>${t('officer.file.first')}</h4><div class="scroll" tabindex="0" role="region" aria-label=${t('officer.file.first')}><table class="tight"><thead><tr><th scope="col">${t('officer.file.line')}</th><th scope="col">${t('officer.file.reference')}</th>
    <th scope="col">${t('officer.file.address')}</th><th scope="col">${t('officer.file.ward')}</th>${seen.emails > 0 ? html`<th scope="col">${t('officer.file.email')}</th>` : nothing}</tr></thead>
    <tbody>${seen.first.map((/** @type {any} */ row) => html`<tr><td class="num">${number(row.line)}</td><th scope="row">${row.reference}</th><td>${row.lines.join(', ')}</td><td>${row.ward}</td>${seen.emails > 0 ? html`<td>${row.email}</td>` : nothing}</tr>`)}</tbody></table></div>`;

  const wrongRows = () => html`<h4>${t('officer.file.wrong', { count: seen.wrong, shown: number(seen.wrong) })}</h4>
    ${seen.wrong > seen.problems.length ? html`<p>${t('officer.file.wrong_more', { shown: number(seen.problems.length) })}</p>` : nothing}
    <ul class="reasons">${seen.problems.map((/** @type {import('../lib.js').Reason} */ problem) => html`<li>${reasonText(problem)}</li>`)}</ul>`;

  const facts = () => html`<ul><li>${t('officer.file.rows', { count: seen.rows, shown: number(seen.rows) })}</li>
    <li>${t('officer.file.addressed', { count: seen.addressed, shown: number(seen.addressed) })}</li>
    ${seen.emails > 0 ? html`<li>${t('officer.file.emails', { count: seen.emails, shown: number(seen.emails) })}</li>` : nothing}
    ${Object.keys(seen.wards).length > 0 ? html`<li>${t('officer.file.wards', { wards: Object.entries(seen.wards).map(([ward, count]) => `${ward} (${number(/** @type {number} */ (count))})`).join(', ') })}</li>` : nothing}</ul>`;

  const preview = () => html`<div id="file-seen" tabindex="-1"><h3>${t('officer.file.seen')}</h3>
    <div class="notice ${seen.wrong ? 'bad' : 'ok'}">${seen.wrong ? nothing : icon('check')}<div><p><b>${t(seen.wrong ? 'officer.file.cannot' : 'officer.file.can')}</b></p></div></div>
    ${facts()}${seen.wrong ? wrongRows() : nothing}${seen.first.length > 0 ? firstRows() : nothing}
    ${busy ? working() : html`<p class="row">${seen.wrong ? nothing : html`<button class="button" @click=${confirm}>${t('officer.file.confirm', { count: seen.rows, shown: number(seen.rows) })}</button>`}
      <button class="button quiet" @click=${forget}>${t('officer.file.another')}</button></p>`}</div>`;

  return {
    summary: () => errorSummary(problems),
    draw: () => html`<section class="sheet" aria-labelledby="file-title"><h2 id="file-title">${t('officer.file.title')}</h2>
      ${seen ? preview() : html`<p>${t('officer.file.text')}</p><p class="quiet">${t('officer.file.kept')}</p>${form()}`}</section>`,
  };
}
