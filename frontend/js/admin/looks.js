// The name and colours of all pages: what can be read in them is worked out while they are typed, and again on the server.
import { api, html, icon, setTitle, show, t, textField } from '../lib.js';
import { officerPage } from '../officer/desk.js';
import { work } from '../officer/work.js';
import { adminHead } from './head.js';

/**
 * @typedef {'brand' | 'brand_deep' | 'brand_tint' | 'link'} Colour
 * @typedef {{name: string, usual_name: string, colours: Record<Colour, string>, usual: Record<Colour, string>, pairs: {one: Colour, other: string}[], least: number,
 *   white: string, ground: string, ink: string}} Looks
 */

/** @type {Colour[]} */
const COLOURS = ['brand', 'brand_deep', 'brand_tint', 'link'];
/** @type {Looks} */
let looks;
let name = '';
/** @type {Record<Colour, string>} */
let typed;
const title = () => t('officer.admin.part.looks');

async function load() {
  looks = await api('GET', '/api/branding');
  name = looks.name === looks.usual_name ? '' : looks.name;
  typed = { ...looks.colours };
}

const page = work({ title, load, draw: drawn, tell: (said) => html`<p>${said}</p>` });

/** The colour as it is sent, or "" for what is none. @param {string} text */
const colour = (text) => (/^#[0-9a-f]{6}$/i.test(text.trim()) ? text.trim().toLowerCase() : '');

/** Relative luminance (WCAG 2.2). @param {string} hex */
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio (WCAG 2.2). @param {string} one @param {string} other */
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((first, second) => first - second);
  return (light + 0.05) / (dark + 0.05);
}

/** Where two colours meet, as words of the page. @param {string} other */
const called = (other) => {
  if (other === looks.white) return t('officer.looks.white');
  if (other === looks.ground) return t('officer.looks.ground');
  return other === looks.ink ? t('officer.looks.ink') : t(`officer.looks.${other}`);
};

function checks() {
  return html`<table class="tight"><caption class="vh">${t('officer.looks.checks')}</caption><thead><tr><th scope="col">${t('officer.looks.pair')}</th><th scope="col" class="num">${t('officer.looks.contrast')}</th><th scope="col">${t('officer.looks.verdict')}</th></tr></thead>
    <tbody>${looks.pairs.map(({ one, other }) => {
    const [first, second] = [colour(typed[one]), other in typed ? colour(typed[/** @type {Colour} */ (other)]) : other];
    const ratio = first && second ? contrast(first, second) : 0;
    const good = ratio >= looks.least;
    return html`<tr><th scope="row">${t('officer.looks.on', { one: t(`officer.looks.${one}`), other: called(other) })}</th><td class="num">${ratio ? `${(Math.floor(ratio * 100) / 100).toFixed(2)} : 1` : '–'}</td>
      <td><span class="tag ${good ? 'ok' : 'bad'}">${good ? icon('check') : ''}${t(good ? 'officer.looks.good' : 'officer.looks.low')}</span></td></tr>`;
  })}</tbody></table>`;
}

const preview = () => html`<div class="looks" id="looks-preview" role="img" aria-label=${t('officer.looks.preview_label')}><div class="looks-band">${icon('hall')}<b>${name || looks.usual_name}</b></div>
  <div class="looks-page"><p class="looks-title">${t('officer.looks.sample')}</p><p>${t('officer.looks.sample_text')} <span class="looks-link">${t('officer.looks.sample_link')}</span></p>
  <p class="row"><span class="looks-button">${t('officer.looks.sample_button')}</span><span class="looks-button deep">${t('officer.looks.sample_hover')}</span><span class="looks-tag">${t('officer.looks.sample_tag')}</span></p></div></div>`;

/** @param {SubmitEvent} event */
function save(event) {
  event.preventDefault();
  void page.act('save', async () => {
    await api('PUT', '/api/branding', { name: name.trim(), ...typed });
    return t('officer.looks.saved');
  });
}

const usual = () => {
  typed = { ...looks.usual };
  drawn();
};

/** @param {Colour} one */
const field = (one) => html`<div class="looks-field">${textField({ name: one, label: t(`officer.looks.${one}`), hint: t(`officer.looks.${one}_hint`), value: typed[one], width: 'short', error: page.error(one), input: (value) => { typed[one] = value; drawn(); } })}
  <input type="color" aria-label=${t('officer.looks.pick', { what: t(`officer.looks.${one}`) })} .value=${colour(typed[one]) || '#000000'} @input=${(/** @type {Event} */ event) => { typed[one] = /** @type {HTMLInputElement} */ (event.currentTarget).value; drawn(); }}></div>`;

function drawn() {
  setTitle(title(), page.problems.length > 0);
  show(html`${page.head()}${adminHead('looks', title())}<p class="lead">${t('officer.looks.lead')}</p><div class="half"><form class="sheet" novalidate @submit=${save}>
    ${textField({ name: 'name', label: t('officer.looks.name'), hint: t('officer.looks.name_hint', { name: looks.usual_name }), optional: true, value: name, max: 60, error: page.error('name'), input: (value) => { name = value; drawn(); } })}
    ${COLOURS.map(field)}<p class="row">${page.button('save', t('officer.admin.save'), undefined)}<button class="button quiet" type="button" @click=${usual}>${t('officer.looks.usual')}</button></p></form>
    <div><section class="sheet" aria-labelledby="preview-title"><h2 id="preview-title">${t('officer.looks.preview')}</h2>${preview()}</section>
    <section class="sheet" aria-labelledby="checks-title"><h2 id="checks-title">${t('officer.looks.checks')}</h2><p>${t('officer.looks.checks_text', { least: looks.least })}</p>${checks()}</section></div></div>`);
  const box = /** @type {HTMLElement} */ (document.getElementById('looks-preview'));
  for (const one of COLOURS) if (colour(typed[one])) box.style.setProperty(`--${one.replace('_', '-')}`, colour(typed[one]));
}

officerPage('admin-looks', async () => {
  await load();
  drawn();
});
