// Set-up: what the round is called, what it is for, who may vote, and whose word the result needs.
import { areaField, checkField, html, nothing, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';

const LONGEST = { title: 90, description: 5000, eligibility: 1000, confirmed_by: 90 };
const MOST_DAYS = 365;
/** @type {('title' | 'description' | 'eligibility')[]} */
const NAMES = ['title', 'description', 'eligibility'];

/** @typedef {{title: string, description: string, eligibility: string, confirmed_by: string, challenge_days: string, advisory: boolean}} About */

/** @param {string} typed @param {number} least */
const days = (typed, least) => (/^\d{1,3}$/.test(typed.trim()) && Number(typed) >= least && Number(typed) <= MOST_DAYS ? Number(typed) : null);
/** Only a rehearsal has no time for challenges. @param {any} setup */
const leastDays = (setup) => (setup.rehearsal ? 0 : 1);

setupPage(/** @type {import('./setup-form.js').Part<About>} */ ({
  part: 'about',
  read: ({ title, description, eligibility, confirmed_by, challenge_days, advisory }) => ({ title, description, eligibility, confirmed_by, challenge_days: String(challenge_days), advisory }),
  check: (values, setup) => [
    ...(values.title.trim() ? [] : [ownReason('officer_title_missing', 'title')]),
    ...(days(values.challenge_days, leastDays(setup)) === null ? [ownReason('number_out_of_range', 'challenge_days', { least: leastDays(setup), most: MOST_DAYS })] : []),
  ],
  body: (values, setup) => ({ ...values, challenge_days: days(values.challenge_days, leastDays(setup)) }),
  facts: (values) => [
    ...NAMES.map((name) => ({ name, label: t(name === 'title' ? 'officer.about.title_label' : `officer.about.${name}`), text: values[name] })),
    { name: 'confirmed_by', label: t('officer.about.confirmed_by'), text: values.confirmed_by },
    { name: 'challenge_days', label: t('officer.about.challenge_days'), text: values.challenge_days },
    { name: 'advisory', label: t('officer.about.advisory'), text: t(values.advisory ? 'officer.vote.yes' : 'officer.vote.no') },
  ],
  fields: (form) => html`
    ${textField({ name: 'title', label: t('officer.about.title_label'), hint: t('officer.about.title_hint'), value: form.values.title, max: LONGEST.title,
      error: form.error('title'), input: (title) => form.set({ title }) })}
    ${areaField({ name: 'description', label: t('officer.about.description'), hint: t('officer.about.description_hint'), value: form.values.description, rows: 10,
      max: LONGEST.description, error: form.error('description'), input: (description) => form.set({ description }) })}
    ${areaField({ name: 'eligibility', label: t('officer.about.eligibility'), hint: t('officer.about.eligibility_hint'), value: form.values.eligibility, rows: 4,
      max: LONGEST.eligibility, error: form.error('eligibility'), input: (eligibility) => form.set({ eligibility }) })}
    <h2>${t('officer.about.after')}</h2>
    ${textField({ name: 'confirmed_by', label: t('officer.about.confirmed_by'), hint: t('officer.about.confirmed_by_hint'), optional: true, value: form.values.confirmed_by,
      error: form.error('confirmed_by'), input: (confirmed_by) => form.set({ confirmed_by }) })}
    ${textField({ name: 'challenge_days', label: t('officer.about.challenge_days'), hint: t('officer.about.challenge_days_hint'), mode: 'numeric', width: 'short', value: form.values.challenge_days,
      error: form.error('challenge_days'), input: (challenge_days) => form.set({ challenge_days }) })}
    ${checkField({ name: 'advisory', label: t('officer.about.advisory'), hint: t('officer.about.advisory_hint'), checked: form.values.advisory, error: form.error('advisory'), change: (advisory) => form.set({ advisory }) })}
    ${form.values.advisory && form.setup.pots.length ? html`<p class="notice warn"><span>${t('officer.about.advisory_money')}</span></p>` : nothing}`,
}));
