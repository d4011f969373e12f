// Merging proposals into one: which is kept, or what a new one says, and why, as the public reads it.
import { api, areaField, errorSummary, focusSummary, html, nothing, Problem, radioField, reasonFor, selectField, t, textField } from '../lib.js';
import { guardLeaving, ownReason, reasonsOf, roundApi, slug } from './desk.js';

const NEW = 'new';

/**
 * @param {{setup: any, items: any[], redraw: () => void, done: (number: number) => void, cancel: () => void}} page
 */
export function mergeForm({ setup, items, redraw, done, cancel }) {
  const numbers = items.map((item) => item.number).sort((one, other) => one - other);
  let keep = String(numbers[0]);
  let reason = '';
  /** @type {any[]} */
  let whole = [];
  const words = { title: '', summary: '', description: '', category: items[0].category, place: items[0].place, proposer: items.map((item) => item.proposer).filter((one, at, all) => all.indexOf(one) === at).join(', ') };
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  let busy = false;
  let finished = false;
  guardLeaving(() => !finished && reason !== '');

  /** The proposals in full, with their versions: a new one begins with the words of the first. */
  async function load() {
    try {
      whole = await Promise.all(numbers.map((number) => api('GET', roundApi(slug, `review/${number}`))));
      Object.assign(words, { title: whole[0].title, summary: whole[0].summary, description: whole.map((one) => one.description).join('\n\n') });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error);
    }
    redraw();
  }

  /** @param {SubmitEvent} event */
  async function save(event) {
    event.preventDefault();
    if (busy) return;
    problems = reason.trim() ? [] : [ownReason('officer_reason_missing', 'reason')];
    if (problems.length === 0) {
      busy = true;
      redraw();
      if (whole.length === 0) await load();
      try {
        const made = await api('POST', roundApi(slug, 'merges'), {
          proposals: whole.map(({ number, version }) => ({ number, version })), keep: keep === NEW ? null : Number(keep), new: keep === NEW ? words : null, reason,
        });
        finished = true;
        done(made.number);
        return;
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        problems = reasonsOf(error);
        if (error.code === 'changed_by_somebody_else') whole = [];
      }
      busy = false;
    }
    redraw();
    focusSummary(t('officer.merge.title'));
  }

  /** @param {'title' | 'place' | 'proposer'} name */
  const line = (name) => textField({ name: `new.${name}`, label: t(`officer.words.${name}`), value: words[name], error: reasonFor(problems, `new.${name}`), input: (value) => { words[name] = value; } });
  /** @param {'summary' | 'description'} name @param {number} rows */
  const text = (name, rows) => areaField({ name: `new.${name}`, label: t(`officer.words.${name}`), rows, value: words[name], error: reasonFor(problems, `new.${name}`), input: (value) => { words[name] = value; } });

  return {
    get problems() { return problems; },
    load,
    summary: () => errorSummary(problems),
    draw: () => html`<section class="sheet wide-read" id="merge" tabindex="-1" aria-labelledby="merge-title"><h2 id="merge-title">${t('officer.merge.title')}</h2>
      <p>${t('officer.merge.explained')}</p><form novalidate @submit=${save}>
      ${radioField({ name: 'keep', label: t('officer.merge.keep'), value: keep, error: reasonFor(problems, 'keep') ?? reasonFor(problems, 'proposals'), change: (value) => { keep = value; redraw(); },
        options: [...items.map((item) => ({ value: String(item.number), text: html`${item.number}. ${item.title}` })), { value: NEW, text: t('officer.merge.new'), hint: t('officer.merge.new_hint') }] })}
      ${keep === NEW ? html`<div class="indent">${line('title')}${text('summary', 2)}${text('description', 8)}
        ${selectField({ name: 'new.category', label: t('officer.queue.category'), value: words.category, error: reasonFor(problems, 'new.category'), change: (value) => { words.category = value; },
          options: setup.categories.map((/** @type {{id: string, name: string}} */ one) => ({ value: one.id, text: one.name })) })}
        ${line('place')}${line('proposer')}</div>` : nothing}
      ${areaField({ name: 'reason', label: t('officer.decision.reason'), hint: t('officer.merge.reason_hint'), rows: 3, value: reason, error: reasonFor(problems, 'reason'), input: (value) => { reason = value; } })}
      <p class="row"><button class="button" aria-disabled=${busy ? 'true' : nothing}>${busy ? t('officer.busy') : t('officer.merge.save', { count: items.length })}</button>
        <button class="button quiet" type="button" @click=${() => { finished = true; cancel(); }}>${t('officer.merge.cancel')}</button></p></form></section>`,
  };
}
