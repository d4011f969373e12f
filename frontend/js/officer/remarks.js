// What is said beside a proposal: officers' notes, for them alone, and what an expert panel says, for everybody.
import { api, areaField, html, nothing, Problem, reasonFor, t, textField } from '../lib.js';
import { guardLeaving, reasonsOf, roundApi, slug, when } from './desk.js';

/**
 * @param {{setup: any, review: import('./review.js').Review, notes: any[] | null, number: number, redraw: () => void, saved: (text: string) => void}} page
 *   `notes` is null for those who do not read them
 */
export function remarks({ setup, review, notes: first, number, redraw, saved }) {
  let notes = first;
  let note = '';
  const feedback = { who: '', text: '' };
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  const mayTell = ['officer', 'organiser'].some((role) => setup.my_roles.includes(role));
  guardLeaving(() => note.trim() !== '' || feedback.text.trim() !== '');

  /** @param {() => Promise<void>} run @param {string} prefix of the fields @param {string} said */
  async function act(run, prefix, said) {
    try {
      await run();
      problems = [];
      saved(said);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error).map((reason) => ({ ...reason, field: reason.field ? `${prefix}.${reason.field}` : `${prefix}.text` }));
      redraw();
      document.getElementById(`f-${prefix}-${problems[0].field.split('.')[1]}`)?.focus();
    }
  }

  const addNote = () => act(async () => { notes = (await api('POST', roundApi(slug, `review/${number}/notes`), { text: note })).items; note = ''; }, 'note', t('officer.note.added'));
  /** @param {string} id */
  const removeNote = (id) => act(async () => { notes = (await api('DELETE', roundApi(slug, `review/${number}/notes/${id}`))).items; }, 'note', t('officer.note.removed'));
  const addFeedback = () => act(async () => {
    review.take(await api('POST', roundApi(slug, `review/${number}/feedback`), feedback));
    feedback.text = '';
  }, 'feedback', t('officer.feedback.added'));
  /** @param {string} id */
  const removeFeedback = (id) => act(async () => { review.take(await api('DELETE', roundApi(slug, `review/${number}/feedback/${id}`))); }, 'feedback', t('officer.feedback.removed'));

  /** @param {() => void} run */
  const submit = (run) => (/** @type {SubmitEvent} */ event) => { event.preventDefault(); run(); };

  const notesSection = () => html`<section class="sheet private" aria-labelledby="notes-title"><h2 id="notes-title">${t('officer.note.title')}</h2><p class="hint">${t('officer.note.hint')}</p>
    ${notes?.length ? html`<ul class="history">${notes.map((one) => html`<li><p class="lines-kept">${one.text}</p><p class="row apart"><span class="quiet">${one.who}, ${when(one.when)}</span>
      ${one.mine ? html`<button class="link-like" type="button" aria-label=${t('officer.note.remove_one', { text: one.text.slice(0, 40) })} @click=${() => removeNote(one.id)}>${t('officer.note.remove')}</button>` : nothing}</p></li>`)}</ul>` : nothing}
    <form novalidate @submit=${submit(addNote)}>${areaField({ name: 'note.text', label: t('officer.note.new'), rows: 2, value: note, error: reasonFor(problems, 'note.text'), input: (value) => { note = value; } })}
      <button class="button quiet">${t('officer.note.add')}</button></form></section>`;

  const feedbackSection = () => html`<section class="sheet" aria-labelledby="feedback-title"><h2 id="feedback-title">${t('officer.feedback.title')}</h2><p class="hint">${t('officer.feedback.hint')}</p>
    ${review.item.standing.feedback.length ? html`<ul class="history">${review.item.standing.feedback.map((/** @type {any} */ one) => html`<li><p class="lines-kept">${one.text}</p><p class="row apart"><span class="quiet">${one.who}, ${when(one.when)}</span>
      ${mayTell ? html`<button class="link-like" type="button" aria-label=${t('officer.feedback.remove_one', { who: one.who })} @click=${() => removeFeedback(one.id)}>${t('officer.note.remove')}</button>` : nothing}</p></li>`)}</ul>` : nothing}
    ${mayTell ? html`<details class="more" ?open=${problems.some((one) => one.field.startsWith('feedback.'))}><summary>${t('officer.feedback.new')}</summary><form novalidate @submit=${submit(addFeedback)}>
      ${textField({ name: 'feedback.who', label: t('officer.feedback.who'), hint: t('officer.feedback.who_hint'), value: feedback.who, error: reasonFor(problems, 'feedback.who'), input: (value) => { feedback.who = value; } })}
      ${areaField({ name: 'feedback.text', label: t('officer.feedback.text'), rows: 3, value: feedback.text, error: reasonFor(problems, 'feedback.text'), input: (value) => { feedback.text = value; } })}
      <button class="button quiet">${t('officer.feedback.add')}</button></form></details>` : nothing}</section>`;

  return { draw: () => html`${notes === null ? nothing : notesSection()}${feedbackSection()}` };
}
