// Who may do what: a table made from what lets people in or turns them away.
import { api, html, icon, knows, path, setTitle, show, t } from '../lib.js';
import { officerPage } from './desk.js';

/** @typedef {{area: string, what: string, reads: boolean, roles: string[], administrator: boolean}} Deed */

const title = () => t('officer.may.title');

/** @param {boolean} may */
const mark = (may) => html`<td class="mark">${may ? html`${icon('check')}<span class="vh">${t('officer.may.yes')}</span>` : html`<span class="vh">${t('officer.may.no')}</span>`}</td>`;

/** @param {string[]} roles @param {string} area @param {Deed[]} deeds */
function table(roles, area, deeds) {
  const name = knows(`officer.may.area.${area}`) ? t(`officer.may.area.${area}`) : area;
  return html`<section><h2>${name}</h2><div class="sheet scroll may-box" tabindex="0" role="region" aria-label=${name}><table class="tight may">
    <thead><tr><th scope="col">${t('officer.may.what')}</th>${roles.map((role) => html`<th scope="col" class="mark">${t(`officer.role.${role}`)}</th>`)}<th scope="col" class="mark">${t('officer.people.administrator')}</th></tr></thead>
    <tbody>${deeds.map((deed) => html`<tr><th scope="row">${deed.what}</th>${roles.map((role) => mark(deed.roles.includes(role)))}${mark(deed.administrator)}</tr>`)}</tbody></table></div></section>`;
}

officerPage('officer-may', async () => {
  setTitle(title());
  /** @type {{roles: string[], deeds: Deed[]}} */
  const { roles, deeds } = await api('GET', '/api/who-may-do-what');
  const areas = [...new Set(deeds.map((deed) => deed.area))];
  show(html`<p class="over-title"><a class="back" href=${path('o')}>${t('officer.back.today')}</a></p><h1>${title()}</h1><p class="lead">${t('officer.may.lead')}</p>
    <dl class="facts">${roles.map((role) => html`<div><dt>${t(`officer.role.${role}`)}</dt><dd>${t(`officer.role.${role}_does`)}</dd></div>`)}<div><dt>${t('officer.people.administrator')}</dt><dd>${t('officer.people.administrator_does')}</dd></div></dl>
    <p>${t('officer.may.two')}</p>${areas.map((area) => table(roles, area, deeds.filter((deed) => deed.area === area)))}`);
});
