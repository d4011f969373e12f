// Forms: label, hint and error tied to their control; the summary of everything that is wrong.
import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { number, reasonText, setTitle, t } from './core.js';

/** The id of the control for a field of the API. @param {string} field */
export const fieldId = (field) => `f-${field.replaceAll(/[^A-Za-z0-9_-]/g, '-')}`;

/** @param {import('./core.js').Reason[]} reasons @param {string} field */
export const reasonFor = (reasons, field) => reasons.find((reason) => reason.field === field);

/**
 * Everything that is wrong, at the top; each line leads to its control. Show it, then call `focusSummary()`.
 * @param {{code: string, detail?: string, field?: string, params?: object}[]} reasons
 */
export const errorSummary = (reasons) => (reasons.length === 0 ? nothing : html`
  <div class="summary" id="problems" role="alert" tabindex="-1" aria-labelledby="problems-title">
    <h2 id="problems-title">${t('problem.title')}</h2>
    <ul>${reasons.map((reason) => html`<li>${reason.field
      ? html`<a href="#${fieldId(reason.field)}" @click=${jump}>${reasonText(reason)}</a>` : html`<b>${reasonText(reason)}</b>`}</li>`)}</ul>
  </div>`);

/** @param {MouseEvent} event */
function jump(event) {
  const id = /** @type {HTMLAnchorElement} */ (event.currentTarget).hash.slice(1);
  const control = document.getElementById(id);
  if (control === null) return;
  event.preventDefault();
  control.scrollIntoView({ block: 'center' });
  control.focus({ preventScroll: true });
}

/** Move to the summary and say so in the title. @param {string} title the page's own */
export function focusSummary(title) {
  setTitle(title, true);
  const summary = document.getElementById('problems');
  summary?.scrollIntoView({ block: 'nearest' });
  summary?.focus();
}

/**
 * @typedef {object} Field
 * @property {string} name the API's field
 * @property {string} label
 * @property {string} [hint]
 * @property {import('./core.js').Reason | undefined} [error]
 * @property {boolean} [heading] the label is the page's h1
 * @property {boolean} [optional]
 * @property {string} [suffix] a word after the input
 */

/** Label, hint, error around a control. @param {Field} field @param {(describedBy: string | typeof nothing) => unknown} control */
export function wrapField(field, control) {
  const id = fieldId(field.name);
  const describedBy = [field.hint && `${id}-hint`, field.error && `${id}-error`].filter(Boolean).join(' ');
  const label = html`<label for=${id}>${field.label}${field.optional ? html` <span class="quiet">${t('field.optional')}</span>` : nothing}</label>`;
  return html`<div class="field ${field.error ? 'wrong' : ''}">
    ${field.heading ? html`<h1 class="asking">${label}</h1>` : label}
    ${field.hint ? html`<p class="hint" id="${id}-hint">${field.hint}</p>` : nothing}
    ${field.error ? html`<p class="error" id="${id}-error">${reasonText(field.error)}</p>` : nothing}
    ${control(describedBy || nothing)}
  </div>`;
}

/**
 * One line of text, an amount (`money`), a date and time...
 * @param {Field & {value: string | number, type?: string, mode?: string, autocomplete?: string, money?: boolean, width?: 'short' | 'middle' | '', max?: number,
 *   attributes?: never, input?: (value: string) => void, change?: (value: string) => void}} field
 */
export const textField = (field) => wrapField(field, (describedBy) => html`
  <div class="control ${field.width ?? ''}">${field.money ? html`<span class="unit" aria-hidden="true">£</span>` : nothing}
    <input id=${fieldId(field.name)} name=${field.name} type=${field.type ?? 'text'} inputmode=${field.mode ?? (field.money ? 'decimal' : nothing)}
      autocomplete=${field.autocomplete ?? 'off'} aria-describedby=${describedBy} aria-invalid=${field.error ? 'true' : nothing}
      .value=${live(String(field.value ?? ''))} @input=${heard(field.input)} @change=${heard(field.change)}>
    ${field.suffix ? html`<span class="unit">${field.suffix}</span>` : nothing}</div>
  ${field.max ? charactersLeft(field, String(field.value ?? '')) : nothing}`);

/** Several lines of text. @param {Field & {value: string, rows?: number, max?: number, input?: (value: string) => void, change?: (value: string) => void}} field */
export const areaField = (field) => wrapField(field, (describedBy) => html`
  <textarea id=${fieldId(field.name)} name=${field.name} rows=${field.rows ?? 5} aria-describedby=${describedBy} aria-invalid=${field.error ? 'true' : nothing}
    .value=${live(field.value)} @input=${heard(field.input)} @change=${heard(field.change)}></textarea>
  ${field.max ? charactersLeft(field, field.value) : nothing}`);

/** One of several, in a list that drops down. @param {Field & {value: string, options: {value: string, text: string}[], change?: (value: string) => void}} field */
export const selectField = (field) => wrapField(field, (describedBy) => html`
  <select id=${fieldId(field.name)} name=${field.name} aria-describedby=${describedBy} aria-invalid=${field.error ? 'true' : nothing}
    .value=${live(field.value)} @change=${heard(field.change)}>
    ${field.options.map((option) => html`<option value=${option.value} ?selected=${option.value === field.value}>${option.text}</option>`)}</select>`);

/**
 * One of several, all to be seen.
 * @param {Field & {value: string, options: {value: string, text: unknown, hint?: unknown}[], change?: (value: string) => void}} field
 */
export function radioField(field) {
  const id = fieldId(field.name);
  const describedBy = [field.hint && `${id}-hint`, field.error && `${id}-error`].filter(Boolean).join(' ') || nothing;
  return html`<fieldset class="field ${field.error ? 'wrong' : ''}" aria-describedby=${describedBy}>
    <legend>${field.heading ? html`<h1 class="asking">${field.label}</h1>` : field.label}</legend>
    ${field.hint ? html`<p class="hint" id="${id}-hint">${field.hint}</p>` : nothing}
    ${field.error ? html`<p class="error" id="${id}-error">${reasonText(field.error)}</p>` : nothing}
    ${field.options.map((option, index) => html`<label class="choice"><input type="radio" name=${field.name} id=${index === 0 ? id : `${id}-${index}`}
      value=${option.value} .checked=${live(option.value === field.value)} @change=${heard(field.change)}>
      <span>${option.text}${option.hint ? html`<span class="hint">${option.hint}</span>` : nothing}</span></label>`)}
  </fieldset>`;
}

/** A box to tick. @param {Field & {checked: boolean, change?: (checked: boolean) => void}} field */
export const checkField = (field) => {
  const id = fieldId(field.name);
  return html`<div class="field ${field.error ? 'wrong' : ''}">
    ${field.error ? html`<p class="error" id="${id}-error">${reasonText(field.error)}</p>` : nothing}
    <label class="choice"><input type="checkbox" id=${id} name=${field.name} .checked=${live(field.checked)} aria-invalid=${field.error ? 'true' : nothing}
      aria-describedby=${field.error ? `${id}-error` : nothing}
      @change=${(/** @type {Event} */ event) => field.change?.(/** @type {HTMLInputElement} */ (event.currentTarget).checked)}>
      <span>${field.label}${field.hint ? html`<span class="hint">${field.hint}</span>` : nothing}</span></label></div>`;
};

/** @param {((value: string) => void) | undefined} act */
const heard = (act) => (/** @type {Event} */ event) => act?.(/** @type {HTMLInputElement} */ (event.currentTarget).value);

/** @param {{name: string, max?: number}} field @param {string} value */
function charactersLeft(field, value) {
  const left = (field.max ?? 0) - value.length;
  return html`<p class="hint ${left < 0 ? 'error' : ''}">${left < 0
    ? t('field.too_long', { count: -left }) : t('field.characters_left', { count: left, shown: number(left) })}</p>`;
}
