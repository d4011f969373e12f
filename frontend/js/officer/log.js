// The audit log: who did what and when; for a forum's staff the log of its rounds, for administrators everything.
import { api, emptyState, everything, html, knows, nothing, path, selectField, setTitle, show, t, textField } from '../lib.js';
import { adminHead, isAdminPage } from '../admin/head.js';
import { officerPage, when } from './desk.js';

/**
 * @typedef {{id: string, when: import('../lib.js').Instant, kind: string, who: string, who_id: string | null, whom: string, round: string, round_title: string, forum_name: string,
 *   data: Record<string, unknown>}} LogEvent
 */

const READERS = new Set(['organiser', 'officer', 'scrutineer']);
const FIELDS = ['forum', 'round', 'person', 'kind', 'since', 'until'];
const SHORT = 120;
const SIZE = '25';
const query = new URLSearchParams(location.search);
/** @type {Record<string, string>} */
const asked = Object.fromEntries(FIELDS.map((name) => [name, query.get(name) ?? '']));
/** @type {{slug: string, name: string}[]} */
let forums = [];
/** @type {{items: LogEvent[], next: string, kinds: string[]}} */
let log;
let person = '';

const title = () => t('officer.log.title');

/** @param {string} kind */
const kindText = (kind) => (knows(`officer.event.${kind}`) ? t(`officer.event.${kind}`) : kind.replaceAll('_', ' '));

/** An address with what is asked for. @param {Record<string, string>} more */
function search(more = {}) {
  const wanted = Object.entries({ ...asked, ...more }).filter(([, value]) => value);
  return wanted.length ? `?${new URLSearchParams(wanted)}` : '';
}

/** @param {string} rest @param {Record<string, string>} more */
function address(rest = '', more = {}) {
  if (isAdminPage) return `/api/log${rest}${search(more)}`;
  return `/api/forums/${encodeURIComponent(asked.forum)}/log${rest}${search({ ...more, forum: '' })}`;
}

/** @param {unknown} value */
const plain = (value) => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));

/** What belongs to an event: on one line where it is short. @param {LogEvent} event */
function details(event) {
  const facts = Object.entries(event.data).filter(([, value]) => value !== '' && value !== null).map(([name, value]) => ({ name: name.replaceAll('_', ' '), value: plain(value) }));
  if (facts.length === 0) return nothing;
  const line = facts.map((fact) => `${fact.name}: ${fact.value}`).join(' · ');
  if (line.length <= SHORT) return html`<p class="quiet break">${line}</p>`;
  return html`<details class="more"><summary>${t('officer.log.details')}<span class="vh">: ${kindText(event.kind)}, ${when(event.when)}</span></summary>
    <dl class="facts">${facts.map((fact) => html`<div><dt>${fact.name}</dt><dd class="lines-kept">${fact.value}</dd></div>`)}</dl></details>`;
}

/** @param {LogEvent} event */
const row = (event) => html`<li class="event"><div class="row apart"><b>${kindText(event.kind)}</b><span class="quiet">${when(event.when)}</span></div>
  <p>${event.who_id ? html`<a href=${search({ person: event.who_id })}>${event.who || t('officer.log.somebody')}</a>` : t('officer.log.nobody')}${event.whom ? html` → ${event.whom}` : nothing}
    ${event.round ? html` · <a href=${search({ round: event.round })}>${event.round_title}</a>` : nothing}${event.forum_name && isAdminPage ? html` · ${event.forum_name}` : nothing}</p>
  ${details(event)}</li>`;

/** @param {SubmitEvent} event */
function filter(event) {
  event.preventDefault();
  location.assign(location.pathname + search());
}

const set = (/** @type {string} */ name) => (/** @type {string} */ value) => { asked[name] = value; };

function filters() {
  const kinds = [{ value: '', text: t('officer.log.every_kind') }, ...log.kinds.map((kind) => ({ value: kind, text: kindText(kind) })).sort((one, other) => one.text.localeCompare(other.text))];
  const places = [...(isAdminPage ? [{ value: '', text: t('officer.log.every_forum') }] : []), ...forums.map((one) => ({ value: one.slug, text: one.name }))];
  return html`<form class="sheet" novalidate @submit=${filter}><div class="four">
      ${places.length > 1 ? selectField({ name: 'forum', label: t('officer.people.forum'), value: asked.forum, options: places, change: (value) => { asked.forum = value; asked.round = ''; } }) : nothing}
      ${selectField({ name: 'kind', label: t('officer.log.kind'), value: asked.kind, options: kinds, change: set('kind') })}
      ${textField({ name: 'since', label: t('officer.log.since'), type: 'date', value: asked.since, change: set('since') })}${textField({ name: 'until', label: t('officer.log.until'), type: 'date', value: asked.until, change: set('until') })}</div>
    ${asked.round || asked.person ? html`<p>${asked.round ? html`${t('officer.log.one_round', { round: log.items.find((one) => one.round)?.round_title ?? asked.round })} <a href=${search({ round: '' }) || location.pathname}>${t('officer.log.drop')}<span class="vh">: ${t('officer.log.round')}</span></a>` : nothing}
      ${asked.person ? html`${t('officer.log.one_person', { who: person || t('officer.log.somebody') })} <a href=${search({ person: '' }) || location.pathname}>${t('officer.log.drop')}<span class="vh">: ${t('officer.log.person')}</span></a>` : nothing}</p>` : nothing}
    <p class="row"><button class="button">${t('officer.log.show')}</button><a class="button quiet" href=${location.pathname}>${t('officer.log.all')}</a></p></form>`;
}

const older = () => (log.next ? html`<p><a class="button quiet" href=${search({ after: log.next })}>${t('officer.log.older')}</a></p>` : nothing);

function draw() {
  const head = isAdminPage ? adminHead('log', title()) : html`<p class="over-title"><a class="back" href=${path('o')}>${t('officer.back.today')}</a></p><h1>${title()}</h1>`;
  show(html`${head}<p class="lead">${t(isAdminPage ? 'officer.log.lead_admin' : 'officer.log.lead')}</p>${filters()}
    ${log.items.length === 0 ? emptyState(t('officer.log.empty'), t('officer.log.empty_text')) : html`<h2>${t('officer.log.events')}</h2><div class="sheet"><ol class="history">${log.items.map(row)}</ol></div>${older()}
      <h2>${t('officer.log.files')}</h2><p>${t('officer.log.files_text')}</p><p class="row"><a class="button quiet" href=${address('/file', { format: 'csv' })} download>${t('officer.log.csv')}</a>
      <a class="button quiet" href=${address('/file', { format: 'jsonl' })} download>${t('officer.log.jsonl')}</a></p>`}`);
}

officerPage('officer-log', async (me) => {
  setTitle(title());
  forums = isAdminPage ? await everything('/api/forums') : [...new Map(me.roles.filter((role) => READERS.has(role.role)).map((role) => [role.forum, { slug: role.forum, name: role.forum_name }])).values()];
  if (!isAdminPage && forums.length === 0) {
    show(html`<div class="read"><h1>${title()}</h1><p>${t('officer.log.not_yours')}</p></div>`);
    return;
  }
  if (!isAdminPage) asked.forum ||= forums[0].slug;
  const after = query.get('after');
  log = await api('GET', address('', after ? { after, size: SIZE } : { size: SIZE }));
  person = log.items.find((one) => one.who_id === asked.person)?.who ?? '';
  draw();
});
