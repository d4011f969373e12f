// The three checks of a proposal, each saved as soon as it is answered, with a note for officers.
import { fieldId, html, live, nothing, reasonFor, reasonText, t } from '../lib.js';
import { when } from './desk.js';

export const CHECKS = /** @type {const} */ (['appropriate', 'feasible', 'sustainable']);

/** @typedef {{passes: boolean | null, note: string}} Typed */

/** The check as it counts: what was checked before the proposal was sent again does not. @param {any} item @param {string} name */
export const countedCheck = (item, name) => item.recorded.find((/** @type {any} */ one) => one.name === name && !one.stale) ?? null;

/** @param {any} item @returns {Record<string, Typed>} */
const before = (item) => Object.fromEntries(CHECKS.map((name) => [name, { passes: countedCheck(item, name)?.passes ?? null, note: item.recorded.find((/** @type {any} */ one) => one.name === name)?.note ?? '' }]));

/**
 * @param {{review: import('./review.js').Review, number: number, redraw: () => void}} page
 */
export function checkList({ review, number, redraw }) {
  const typed = before(review.item);
  /** @type {Record<string, import('../lib.js').Reason[]>} */
  const problems = {};
  /** @type {Set<string>} */
  const saving = new Set();

  /** What was answered here and is not saved yet; the rest follows what is there. @type {Set<string>} */
  const touched = new Set();
  const recordedAs = (/** @type {string} */ name) => review.item.recorded.find((/** @type {any} */ one) => one.name === name) ?? null;
  /** @param {typeof CHECKS[number]} name */
  async function save(name) {
    const { passes, note } = typed[name];
    if (passes === null || !touched.has(name)) return;
    saving.add(name);
    redraw();
    const wrong = await review.save('PUT', `review/${number}/checks/${name}`, { passes, note }, {
      mine: [{ what: t(`officer.check.${name}`), text: `${t(passes ? 'officer.vote.yes' : 'officer.vote.no')}${note ? `: ${note}` : ''}` }],
      again: () => { save(name); }, drop: () => { touched.delete(name); },
    });
    saving.delete(name);
    if (wrong === null && typed[name].passes === passes && typed[name].note === note) touched.delete(name);
    problems[name] = wrong ?? [];
    redraw();
  }

  /** @param {typeof CHECKS[number]} name @param {import('../lib.js').Reason | undefined} missing */
  function row(name, missing) {
    const id = fieldId(`checks.${name}`);
    const error = reasonFor(problems[name] ?? [], 'note') ?? (problems[name] ?? [])[0] ?? missing;
    const there = recordedAs(name);
    const option = (/** @type {boolean} */ value, /** @type {string | typeof nothing} */ own) => html`<label class="choice"><input type="radio" name=${`check-${name}`} id=${own} .checked=${live(typed[name].passes === value)}
      @change=${() => { typed[name].passes = value; touched.add(name); save(name); }}><span>${t(value ? 'officer.vote.yes' : 'officer.vote.no')}</span></label>`;
    return html`<fieldset class="field check ${error ? 'wrong' : ''}"><legend>${t(`officer.check.${name}`)}</legend><p class="hint">${t(`officer.check.${name}.hint`)}</p>
      ${error ? html`<p class="error">${reasonText(error)}</p>` : nothing}<div class="row">${option(true, id)}${option(false, nothing)}</div>
      <label class="note-label" for="${id}-note">${t('officer.check.note')}</label><input class="note" id="${id}-note" autocomplete="off" .value=${live(typed[name].note)}
        @input=${(/** @type {Event} */ event) => { typed[name].note = /** @type {HTMLInputElement} */ (event.currentTarget).value; touched.add(name); }} @change=${() => { save(name); }}>
      <p class="hint" role="status">${saving.has(name) ? t('officer.busy') : there === null ? nothing : there.stale ? t('officer.check.stale', { when: there.when.date }) : t('officer.check.saved', { who: there.who, when: when(there.when) })}</p></fieldset>`;
  }

  return {
    /** Save what was typed and not left yet. */
    async finish() { for (const name of CHECKS) await save(name); },
    unsaved: () => touched.size > 0,
    /** @param {import('../lib.js').Reason[]} missing */
    draw(missing) {
      const there = before(review.item);
      for (const name of CHECKS) if (!touched.has(name)) typed[name] = there[name];
      return html`${CHECKS.map((name) => row(name, reasonFor(missing, `checks.${name}`)))}`;
    },
  };
}
