// One forum: everything that an administrator may change of it.
import { api, areaField, html, path, Problem, selectField, setTitle, show, t, textField } from '../lib.js';
import { guardLeaving, officerPage, ownReason } from '../officer/desk.js';
import { work } from '../officer/work.js';
import { adminHead } from './head.js';

const KINDS = ['community', 'area', 'interest'];
const slug = decodeURIComponent(location.pathname.split('/')[4] ?? '');
const address = `/api/forums/${encodeURIComponent(slug)}`;
/** @type {any} */
let forum;
/** @type {{name: string, kind: string, description: string, population: string, postcodes: string, wards: string, contact_email: string, contact_phone: string, timezone: string, language: string}} */
let typed;
let touched = false;
const title = () => forum.name;

async function load() {
  forum = await api('GET', address);
  if (!touched) read();
}

/** What the form begins with. */
function read() {
  typed = {
    name: forum.name, kind: forum.kind, description: forum.description, population: forum.population === null ? '' : String(forum.population),
    postcodes: forum.areas.map((/** @type {{prefix: string, ward: string}} */ area) => (area.ward ? `${area.prefix}=${area.ward}` : area.prefix)).join('\n'), wards: forum.wards.join('\n'),
    contact_email: forum.contact_email, contact_phone: forum.contact_phone, timezone: forum.timezone, language: forum.language,
  };
}

const page = work({ title, load, draw, tell: (said) => html`<p>${said}</p>` });
const lines = (/** @type {string} */ text) => text.split('\n').map((line) => line.trim()).filter(Boolean);

/** @param {SubmitEvent} event */
function save(event) {
  event.preventDefault();
  const plain = typed.population.replaceAll(/[\s,]/g, '');
  if (page.refuse(plain === '' || /^\d{1,9}$/.test(plain) ? [] : [ownReason('bad_population', 'population')])) return;
  void page.act('save', async () => {
    await api('PUT', address, { ...typed, population: plain === '' ? null : Number(plain), postcodes: lines(typed.postcodes), wards: lines(typed.wards), version: forum.version });
    touched = false;
    return t('officer.forums.saved');
  });
}

/** @param {keyof typeof typed} name */
const set = (name) => (/** @type {string} */ value) => { typed[name] = value; touched = true; };
/** @param {keyof typeof typed} name @param {object} more */
const text = (name, more = {}) => textField({ name, label: t(`officer.forums.${name}`), value: typed[name], error: page.error(name), input: set(name), ...more });

function draw() {
  setTitle(title(), page.problems.length > 0);
  show(html`${page.head()}${adminHead('forums', title())}<div class="wide-read"><p><a class="back" href=${path('a', 'forums')}>${t('officer.admin.part.forums')}</a></p>
    <p class="row"><a href=${path('f', slug)}>${t('officer.forums.public')}</a><a href="${path('a', 'log')}?forum=${encodeURIComponent(slug)}">${t('officer.log.title')}</a></p>
    <form class="sheet" novalidate @submit=${save}>${text('name', { max: 90 })}
      ${selectField({ name: 'kind', label: t('officer.forums.kind'), value: typed.kind, error: page.error('kind'), options: KINDS.map((kind) => ({ value: kind, text: t(`kind.${kind}`) })), change: set('kind') })}
      ${areaField({ name: 'description', label: t('officer.forums.description'), optional: true, value: typed.description, max: 2000, error: page.error('description'), input: set('description') })}
      ${text('population', { mode: 'numeric', width: 'short', optional: true })}
      ${areaField({ name: 'postcodes', label: t('officer.forums.postcodes'), hint: t('officer.forums.postcodes_hint'), optional: true, rows: 6, value: typed.postcodes, error: page.error('postcodes'), input: set('postcodes') })}
      ${areaField({ name: 'wards', label: t('officer.forums.wards'), hint: t('officer.forums.wards_hint'), optional: true, rows: 4, value: typed.wards, error: page.error('wards'), input: set('wards') })}
      ${text('contact_email', { type: 'email', optional: true })}${text('contact_phone', { type: 'tel', optional: true, width: 'middle' })}${text('timezone', { width: 'middle' })}${text('language', { width: 'short', hint: t('officer.forums.language_hint') })}
      ${page.button('save', t('officer.admin.save'), undefined)}</form><p class="hint">${t('officer.forums.boundary')} <code class="command">pbvote forum boundary ${slug} FILE</code></p></div>`);
}

officerPage('admin-forum', async (me) => {
  if (!me.administrator) throw new Problem(403, 'not_allowed', '');
  await load();
  draw();
  guardLeaving(() => touched);
});
