// How long things are kept.
import { api, html, setTitle, show, t, textField } from '../lib.js';
import { officerPage, ownReason } from '../officer/desk.js';
import { work } from '../officer/work.js';
import { adminHead } from './head.js';

/** @typedef {{name: string, number: number, usual: number, least: number, most: number, unit: 'days' | 'hours'}} Kept */

/** @type {Kept[]} */
let kept = [];
/** @type {Record<string, string>} */
let typed = {};
const title = () => t('officer.admin.part.kept');

async function load() {
  ({ items: kept } = await api('GET', '/api/retention'));
  typed = Object.fromEntries(kept.map((one) => [one.name, String(one.number)]));
}

const page = work({ title, load, draw, tell: (said) => html`<p>${said}</p>` });

/** @param {SubmitEvent} event */
function save(event) {
  event.preventDefault();
  const wrong = kept.filter((one) => !/^\d{1,4}$/.test(typed[one.name].trim()) || Number(typed[one.name]) < one.least || Number(typed[one.name]) > one.most);
  if (page.refuse(wrong.map((one) => ownReason('retention_bounds', one.name, { least: one.least, most: one.most })))) return;
  void page.act('save', async () => {
    await api('PUT', '/api/retention', Object.fromEntries(kept.map((one) => [one.name, Number(typed[one.name])])));
    return t('officer.kept.saved');
  });
}

/** @param {Kept} one */
const field = (one) => textField({
  name: one.name, label: t(`officer.kept.${one.name}`), hint: `${t(`officer.kept.${one.name}_hint`)} ${t('officer.kept.bounds', { least: one.least, most: one.most, usual: one.usual })}`,
  mode: 'numeric', width: 'short', suffix: t(`officer.kept.unit_${one.unit}`), value: typed[one.name], error: page.error(one.name), input: (value) => { typed[one.name] = value; } });

function draw() {
  setTitle(title(), page.problems.length > 0);
  show(html`${page.head()}${adminHead('kept', title())}<p class="lead">${t('officer.kept.lead')}</p><div class="wide-read"><form class="sheet" novalidate @submit=${save}>${kept.map(field)}${page.button('save', t('officer.admin.save'), undefined)}</form>
    <p>${t('officer.kept.fixed')}</p></div>`);
}

officerPage('admin-kept', async (me) => {
  if (!me.administrator) await api('GET', '/api/second-step'); // is refused, and the page says so
  await load();
  draw();
});
