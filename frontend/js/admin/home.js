// Where administrators begin: what there is to look after, and whether everybody needs a second step.
import { api, checkField, html, notice, path, setTitle, show, t } from '../lib.js';
import { officerPage } from '../officer/desk.js';
import { work } from '../officer/work.js';
import { adminHead } from './head.js';

let required = false;
let wanted = false;
let own = false;
const title = () => t('officer.admin.title');

async function load() {
  const [policy, mine] = await Promise.all([api('GET', '/api/second-step'), api('GET', '/api/me/second-step')]);
  required = wanted = policy.required;
  own = mine.on;
}

const page = work({ title, load, draw, tell: (said) => html`<p>${said}</p>` });

/** @param {SubmitEvent} event */
function save(event) {
  event.preventDefault();
  void page.act('save', async () => {
    await api('PUT', '/api/second-step', { required: wanted });
    return t(wanted ? 'officer.admin.step_required' : 'officer.admin.step_free');
  });
}

/** @param {string} part @param {string[]} parts */
const link = (part, parts) => html`<li><div><a href=${path('a', ...parts)}>${t(`officer.admin.part.${part}`)}</a><span class="hint">${t(`officer.admin.about.${part}`)}</span></div></li>`;

function draw() {
  setTitle(title(), page.problems.length > 0);
  show(html`${page.head()}${adminHead('home', title())}
    <section class="sheet" aria-label=${t('officer.ways.title')}><ul class="tasks">${['forums', 'people', 'looks', 'kept', 'log', 'well'].map((part) => link(part, [part]))}</ul></section>
    <section class="sheet" aria-labelledby="step-title"><h2 id="step-title">${t('officer.admin.step')}</h2><p>${t('officer.admin.step_text')}</p>
    ${own || required ? html`<form novalidate @submit=${save}>${checkField({ name: 'required', label: t('officer.admin.step_label'), checked: wanted, error: page.error('required'), change: (on) => { wanted = on; } })}${page.button('save', t('officer.admin.save'), undefined)}</form>`
      : notice('info', html`<p>${t('officer.admin.step_own')} <a href=${path('o', 'me')}>${t('officer.me.title')}</a></p>`)}</section>`);
}

officerPage('admin-home', async () => {
  await load();
  draw();
});
