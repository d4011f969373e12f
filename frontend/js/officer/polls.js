// Set-up: one vote or two, and what each is called.
import { html, nothing, radioField, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { setupPage } from './setup-form.js';

/** @typedef {{count: string, titles: string[]}} Polls */

/** The titles as they stand with so many votes: the last one decides, and a second one comes before it. @param {string} count @param {string[]} titles */
function titlesFor(count, titles) {
  if (count === '1') return titles.slice(-1);
  return titles.length === 2 ? titles : [t('officer.polls.usual_1'), ...titles];
}

setupPage(/** @type {import('./setup-form.js').Part<Polls>} */ ({
  part: 'polls',
  read: ({ polls }) => ({ count: String(polls.length), titles: polls.map((/** @type {{title: string}} */ poll) => poll.title) }),
  check: (values) => values.titles.flatMap((title, at) => (title.trim() ? [] : [ownReason('officer_title_missing', `titles.${at}`)])),
  body: (values) => ({ count: Number(values.count), titles: values.titles.map((title) => title.trim()) }),
  facts: (values) => [{ name: 'count', label: t('officer.polls.count'), text: [t(`officer.polls.count_${values.count}`), ...values.titles].join('\n'), names: ['count', 'titles'] }],
  fields: (form) => html`${radioField({ name: 'polls', label: t('officer.polls.count'), value: form.values.count, error: form.error('polls'),
    options: ['1', '2'].map((count) => ({ value: count, text: t(`officer.polls.count_${count}`), hint: t(`officer.polls.count_${count}.hint`) })),
    change: (count) => form.set({ count, titles: titlesFor(count, form.values.titles) }) })}
    ${form.values.titles.map((title, at) => textField({ name: `titles.${at}`, label: t(form.values.titles.length === 1 ? 'officer.polls.title_label' : `officer.polls.title_${at + 1}`), hint: at === 0 ? t('officer.polls.title_hint') : undefined,
      value: title, max: 90, error: form.error(`titles.${at}`), input: (value) => form.set({ titles: form.values.titles.map((one, place) => (place === at ? value : one)) }) }))}
    ${form.values.count === '1' && form.setup.polls.length === 2 ? html`<p class="notice warn"><span>${t('officer.polls.goes')}</span></p>` : nothing}`,
}));
