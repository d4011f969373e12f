// Set-up: what residents may say about proposals, and how soon officers look at one.
import { checkField, html, radioField, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';

/** @typedef {{comments: string, supports: boolean, checked_within: string}} Talk */

const COMMENTS = ['off', 'open', 'checked'];
const MOST_DAYS = 365;
/** @param {string} typed */
const days = (typed) => (/^\d{1,3}$/.test(typed.trim()) && Number(typed) >= 1 && Number(typed) <= MOST_DAYS ? Number(typed) : null);

setupPage(/** @type {import('./setup-form.js').Part<Talk>} */ ({
  part: 'talk',
  read: ({ comments, supports, checked_within }) => ({ comments, supports, checked_within: String(checked_within) }),
  check: (values) => (days(values.checked_within) === null ? [ownReason('number_out_of_range', 'checked_within', { least: 1, most: MOST_DAYS })] : []),
  body: (values) => ({ ...values, checked_within: days(values.checked_within) }),
  facts: (values) => [
    { name: 'comments', label: t('officer.talk.comments'), text: t(`officer.talk.comments.${values.comments}`) },
    { name: 'supports', label: t('officer.talk.supports'), text: t(values.supports ? 'officer.vote.yes' : 'officer.vote.no') },
    { name: 'checked_within', label: t('officer.talk.checked_within'), text: values.checked_within },
  ],
  fields: (form) => html`${radioField({ name: 'comments', label: t('officer.talk.comments'), hint: t('officer.talk.comments_hint'), value: form.values.comments, error: form.error('comments'),
    options: COMMENTS.map((one) => ({ value: one, text: t(`officer.talk.comments.${one}`), hint: t(`officer.talk.comments.${one}.hint`) })), change: (comments) => form.set({ comments }) })}
    ${checkField({ name: 'supports', label: t('officer.talk.supports'), hint: t('officer.talk.supports_hint'), checked: form.values.supports, error: form.error('supports'), change: (supports) => form.set({ supports }) })}
    ${textField({ name: 'checked_within', label: t('officer.talk.checked_within'), hint: t('officer.talk.checked_within_hint'), mode: 'numeric', width: 'short', value: form.values.checked_within,
      error: form.error('checked_within'), input: (checked_within) => form.set({ checked_within }) })}`,
}));
