// The head of administrators' pages: what there is, and where one is.
import { html, nothing, path, t } from '../lib.js';

/** @typedef {'home' | 'forums' | 'people' | 'looks' | 'kept' | 'log' | 'well'} Part */
/** @type {[Part, string[]][]} */
const PARTS = [['home', []], ['forums', ['forums']], ['people', ['people']], ['looks', ['looks']], ['kept', ['kept']], ['log', ['log']], ['well', ['well']]];

/** Whether the page is one of the administrators'. */
export const isAdminPage = location.pathname.split('/')[2] === 'a';

/** @param {Part} part the page we are on @param {string} title its heading */
export const adminHead = (part, title) => html`${part === 'home' ? nothing : html`<p class="over-title"><span>${t('officer.admin.title')}</span></p>`}
  <nav class="tabs" aria-label=${t('officer.admin.title')}>${PARTS.map(([name, parts]) => html`<a href=${path('a', ...parts)} aria-current=${name === part ? 'page' : nothing}>${t(`officer.admin.part.${name}`)}</a>`)}</nav>
  <h1>${title}</h1>`;
