// The forums of the installation: a list, and a form to add one.
import { api, emptyState, everything, html, number, path, Problem, selectField, setTitle, show, t, textField } from '../lib.js';
import { officerPage, ownReason } from '../officer/desk.js';
import { work } from '../officer/work.js';
import { adminHead } from './head.js';

const KINDS = ['community', 'area', 'interest'];
/** @type {any[]} */
let forums = [];
const typed = { name: '', slug: '', kind: 'community' };
let ownSlug = false;
const title = () => t('officer.admin.part.forums');

async function load() {
  forums = await everything('/api/forums');
}

const page = work({ title, load, draw, tell: (said) => html`<p>${said}</p>` });

/** @param {string} name an address made of a name */
const slugOf = (name) => name.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 60);

/** @param {SubmitEvent} event */
function add(event) {
  event.preventDefault();
  if (page.refuse(typed.name.trim() ? [] : [ownReason('name_missing', 'name')])) return;
  void page.act('add', async () => {
    const made = await api('POST', '/api/forums', { ...typed, name: typed.name.trim() });
    location.assign(path('a', 'forums', made.slug));
    return await new Promise(() => {});
  });
}

/** @param {any} forum */
const row = (forum) => html`<tr><th scope="row" class="all"><a href=${path('a', 'forums', forum.slug)}>${forum.name}</a></th><td>${t(`kind.${forum.kind}`)}</td>
  <td class="num">${forum.population ? number(forum.population) : '–'}</td></tr>`;

const list = () => (forums.length === 0 ? emptyState(t('officer.forums.empty'), t('officer.forums.empty_text'))
  : html`<div class="sheet"><table class="stack desk"><thead><tr><th scope="col">${t('officer.forums.name')}</th><th scope="col">${t('officer.forums.kind')}</th><th scope="col" class="num">${t('officer.forums.population')}</th></tr></thead><tbody>${forums.map(row)}</tbody></table></div>`);

const form = () => html`<section class="sheet" aria-labelledby="add-title"><h2 id="add-title">${t('officer.forums.add')}</h2><form novalidate @submit=${add}>
  ${textField({ name: 'name', label: t('officer.forums.name'), value: typed.name, max: 90, error: page.error('name'), input: (value) => { typed.name = value; if (!ownSlug) typed.slug = slugOf(value); draw(); } })}
  ${textField({ name: 'slug', label: t('officer.forums.slug'), hint: t('officer.forums.slug_hint', { address: `${location.host}${path('f', '')}${typed.slug || '…'}` }), value: typed.slug, error: page.error('slug'), input: (value) => { typed.slug = value; ownSlug = value !== ''; draw(); } })}
  ${selectField({ name: 'kind', label: t('officer.forums.kind'), value: typed.kind, options: KINDS.map((kind) => ({ value: kind, text: t(`kind.${kind}`) })), change: (value) => { typed.kind = value; } })}
  ${page.button('add', t('officer.forums.add_button'), undefined)}</form></section>`;

function draw() {
  setTitle(title(), page.problems.length > 0);
  show(html`${page.head()}${adminHead('forums', title())}<div class="half"><div>${list()}</div><div>${form()}</div></div>`);
}

officerPage('admin-forums', async (me) => {
  if (!me.administrator) throw new Problem(403, 'not_allowed', '');
  await load();
  draw();
});
