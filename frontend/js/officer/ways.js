// Where an officer gets to from the first page, beside their rounds.
import { html, nothing, path, t } from '../lib.js';

const READERS = new Set(['organiser', 'officer', 'scrutineer']);

/** @param {import('./desk.js').Me} me */
export const ways = (me) => html`<nav class="after" aria-label=${t('officer.ways.title')}><ul class="ways-list">
  ${me.roles.some((role) => role.role === 'organiser') ? html`<li><a href=${path('o', 'people')}>${t('officer.people.title')}</a></li>` : nothing}
  ${me.roles.some((role) => READERS.has(role.role)) ? html`<li><a href=${path('o', 'log')}>${t('officer.log.title')}</a></li>` : nothing}
  <li><a href=${path('o', 'who-may-do-what')}>${t('officer.may.title')}</a></li><li><a href=${path('o', 'me')}>${t('officer.me.title')}</a></li>
  ${me.administrator ? html`<li><a href=${path('a')}>${t('officer.admin.title')}</a></li>` : nothing}</ul></nav>`;
