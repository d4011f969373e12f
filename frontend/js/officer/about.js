// Set-up: what the round is called, what it is for, who may vote.
import { areaField, html, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';

const LONGEST = { title: 90, description: 5000, eligibility: 1000 };
/** @type {('title' | 'description' | 'eligibility')[]} */
const NAMES = ['title', 'description', 'eligibility'];

/** @typedef {{title: string, description: string, eligibility: string}} About */

setupPage(/** @type {import('./setup-form.js').Part<About>} */ ({
  part: 'about',
  read: ({ title, description, eligibility }) => ({ title, description, eligibility }),
  check: (values) => (values.title.trim() ? [] : [ownReason('officer_title_missing', 'title')]),
  body: (values) => ({ ...values }),
  facts: (values) => NAMES.map((name) => ({ name, label: t(name === 'title' ? 'officer.about.title_label' : `officer.about.${name}`), text: values[name] })),
  fields: (form) => html`
    ${textField({ name: 'title', label: t('officer.about.title_label'), hint: t('officer.about.title_hint'), value: form.values.title, max: LONGEST.title,
      error: form.error('title'), input: (title) => form.set({ title }) })}
    ${areaField({ name: 'description', label: t('officer.about.description'), hint: t('officer.about.description_hint'), value: form.values.description, rows: 10,
      max: LONGEST.description, error: form.error('description'), input: (description) => form.set({ description }) })}
    ${areaField({ name: 'eligibility', label: t('officer.about.eligibility'), hint: t('officer.about.eligibility_hint'), value: form.values.eligibility, rows: 4,
      max: LONGEST.eligibility, error: form.error('eligibility'), input: (eligibility) => form.set({ eligibility }) })}`,
}));
