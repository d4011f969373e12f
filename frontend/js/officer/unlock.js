// Where a board keeps the key that opens the ballots: the passphrases of two of its members, typed and never kept.
import { html, t, textField } from '../lib.js';
import { ownReason } from './desk.js';

/** What was typed, by place: in the page's memory alone, and forgotten as soon as it is sent. @type {Record<string, [string, string]>} */
const typed = {};

/** The two fields, which belong to one step of the page. @param {string} place @param {import('./work.js').Work} work */
export function unlockFields(place, work) {
  const field = (/** @type {0 | 1} */ at) => textField({
    name: `${place}-${at + 1}`, type: 'password', autocomplete: 'off', width: 'middle', label: t('officer.unlock.member', { number: at + 1 }), value: typed[place]?.[at] ?? '', error: work.error(`${place}-${at + 1}`),
    input: (value) => { (typed[place] ??= ['', ''])[at] = value; },
  });
  return html`<fieldset class="field"><legend>${t('officer.unlock.title')}</legend><p class="hint">${t('officer.unlock.hint')}</p>${field(0)}${field(1)}</fieldset>`;
}

/** @param {string} place */
export const unlockProblems = (place) => [0, 1].filter((at) => !typed[place]?.[at]).map((at) => ownReason('officer_passphrase_missing', `${place}-${at + 1}`));

/** What is sent; it is forgotten here. @param {string} place @param {boolean} board */
export function unlockBody(place, board) {
  const given = board ? [...(typed[place] ?? [])] : [];
  delete typed[place];
  return given;
}
