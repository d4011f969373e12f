// Who works here: invites, roles given and taken; for administrators accounts too. The same page for a forum's organisers.
import { announce, api, checkField, emptyState, everything, html, icon, nothing, notice, pager, path, selectField, setTitle, show, t, textField } from '../lib.js';
import { adminHead, isAdminPage } from '../admin/head.js';
import { focusOn, officerPage, ownReason, when } from './desk.js';
import { work } from './work.js';

/** @typedef {{forum: string, forum_name: string, role: string}} HeldRole */
/** @typedef {{id: string, name: string, email: string, administrator: boolean, active: boolean, second_step: boolean, me: boolean, roles: HeldRole[]}} Person */
/** @typedef {{id: string, email: string, administrator: boolean, roles: HeldRole[], ends: import('../lib.js').Instant}} Invite */
/** @typedef {{link: string, email: string, ends: import('../lib.js').Instant, sent: boolean}} Link */

const ROLES = ['organiser', 'officer', 'clerk', 'scrutineer'];
const SIZE = 50;
const query = new URLSearchParams(location.search);
/** @type {{slug: string, name: string}[]} */
let forums = [];
let forum = '';
let pageNumber = Number(query.get('page')) || 1;
/** @type {{items: Person[], total: number}} */
let people = { items: [], total: 0 };
/** @type {Invite[]} */
let invites = [];
/** @type {Link | null} */
let link = null;
const typed = { email: '', forum: '', administrator: false, roles: /** @type {string[]} */ ([]) };
/** Which forum and role stand in the form of a person. @type {Record<string, {forum: string, role: string}>} */
const chosen = {};

const title = () => t('officer.people.title');
const nameOf = (/** @type {string} */ slug) => forums.find((one) => one.slug === slug)?.name ?? slug;
const base = () => (isAdminPage ? '/api' : `/api/forums/${encodeURIComponent(forum)}`);

async function load() {
  [people, { items: invites }] = await Promise.all([api('GET', `${base()}/people?page=${pageNumber}&size=${SIZE}`), api('GET', `${base()}/invites`)]);
}

const page = work({ title, load, draw, tell: (said) => html`<p>${said}</p>` });

/** @param {SubmitEvent} event */
function invite(event) {
  event.preventDefault();
  link = null;
  if (page.refuse([...(typed.email.trim() ? [] : [ownReason('officer_email_missing', 'email')]), ...(typed.roles.length || typed.administrator ? [] : [ownReason('roles_missing', 'role-organiser')])])) return;
  void page.act('invite', async () => {
    const roles = typed.roles.map((role) => ({ forum: typed.forum, role }));
    link = await api('POST', '/api/invites', { email: typed.email.trim(), roles, administrator: typed.administrator });
    Object.assign(typed, { email: '', administrator: false, roles: [] });
    return '';
  }, { roles: 'role-organiser' }).then(() => { if (link) focusOn('link'); });
}

/** @param {string} name @param {string} address @param {unknown} body @param {string} said */
const send = (name, address, body, said) => page.act(name, async () => {
  link = null;
  await api('POST', address, body);
  return said;
});

/** @param {Person} person */
const newPassword = (person) => page.act(`password-${person.id}`, async () => {
  link = await api('POST', `/api/people/${person.id}/password-link`);
  return '';
}).then(() => { if (link) focusOn('link'); });

async function copy() {
  await navigator.clipboard.writeText(link?.link ?? '');
  announce(t('officer.people.copied'));
}

const linkShown = () => (link === null ? nothing : html`<section class="notice warn block" id="link" tabindex="-1" aria-labelledby="link-title"><h2 id="link-title">${t('officer.people.link')}</h2>
  <p>${t(link.sent ? 'officer.people.link_sent' : 'officer.people.link_hand', { email: link.email })}</p><p><code class="command">${link.link}</code></p>
  <p>${t('officer.people.link_until', { when: when(link.ends) })}</p><p><button class="button quiet" type="button" @click=${copy}>${t('officer.people.copy')}</button></p></section>`);

/** @param {string} role @param {boolean} on */
const choose = (role, on) => { typed.roles = on ? [...typed.roles, role] : typed.roles.filter((one) => one !== role); };

const forumField = (/** @type {string} */ name, /** @type {string} */ value, /** @type {(value: string) => void} */ change) => (forums.length < 2 ? nothing
  : selectField({ name, label: t('officer.people.forum'), value, options: forums.map((one) => ({ value: one.slug, text: one.name })), change }));

const inviteForm = () => html`<section class="sheet" aria-labelledby="invite-title"><h2 id="invite-title">${t('officer.people.invite')}</h2><p>${t('officer.people.invite_text')}</p>
  <form novalidate @submit=${invite}>
    ${textField({ name: 'email', label: t('officer.sign_in.email'), type: 'email', value: typed.email, error: page.error('email'), input: (value) => { typed.email = value; } })}
    ${isAdminPage ? forumField('invite-forum', typed.forum, (value) => { typed.forum = value; draw(); }) : nothing}
    <fieldset class="field"><legend>${t('officer.people.roles_in', { forum: nameOf(typed.forum) })}</legend>${ROLES.map((role) => checkField({ name: `role-${role}`, label: t(`officer.role.${role}`), hint: t(`officer.role.${role}_does`), checked: typed.roles.includes(role),
      error: page.error(`role-${role}`), change: (on) => choose(role, on) }))}</fieldset>
    ${isAdminPage ? checkField({ name: 'administrator', label: t('officer.people.administrator'), hint: t('officer.people.administrator_does'), checked: typed.administrator, change: (on) => { typed.administrator = on; } }) : nothing}
    ${page.button('invite', t('officer.people.invite_button'), undefined)}</form></section>`;

const waiting = () => (invites.length === 0 ? nothing : html`<section class="sheet" aria-labelledby="waiting-title"><h2 id="waiting-title">${t('officer.people.waiting')}</h2><ul class="history">${invites.map((one) => html`<li>
  <b>${one.email}</b><p>${[...(one.administrator ? [t('officer.people.administrator')] : []), ...one.roles.map((role) => t('officer.join.role', { role: t(`officer.role.${role.role}`), forum: role.forum_name }))].join(', ')}</p>
  <p class="quiet">${t('officer.people.link_until', { when: when(one.ends) })}</p><p>${page.button(`withdraw-${one.id}`, t('officer.people.withdraw'), () => send(`withdraw-${one.id}`, `/api/invites/${one.id}/withdraw`, undefined, t('officer.people.withdrawn')), 'quiet')}</p></li>`)}</ul></section>`);

/** @param {Person} person */
function giving(person) {
  const picked = chosen[person.id] ??= { forum: isAdminPage ? forums[0]?.slug ?? '' : forum, role: 'officer' };
  const name = `give-${person.id}`;
  return html`<form novalidate @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); void send(name, `/api/people/${person.id}/roles`, picked, t('officer.people.given', { who: person.name })); }}>
    ${isAdminPage ? forumField(`${name}-forum`, picked.forum, (value) => { picked.forum = value; }) : nothing}
    ${selectField({ name: `${name}-role`, label: t('officer.people.role'), value: picked.role, options: ROLES.map((role) => ({ value: role, text: t(`officer.role.${role}`) })), change: (value) => { picked.role = value; } })}
    <p>${page.button(name, t('officer.people.give'), undefined, 'quiet')}</p></form>`;
}

/** @param {Person} person @param {HeldRole} held */
const taking = (person, held) => html`<li><span>${roleText(held)}</span> <button class="link" type="button" @click=${() => send('take', `/api/people/${person.id}/roles/take`, { forum: held.forum, role: held.role }, t('officer.people.taken', { who: person.name }))}
  aria-label="${t('officer.people.take')}: ${person.name}, ${roleText(held)}">${t('officer.people.take')}</button></li>`;

/** An organiser of several forums looks at one of them. @param {Person} person */
const rolesOf = (person) => person.roles.filter((held) => isAdminPage || held.forum === forum);

/** @param {HeldRole} held */
const roleText = (held) => (isAdminPage ? t('officer.join.role', { role: t(`officer.role.${held.role}`), forum: held.forum_name }) : t(`officer.role.${held.role}`));

/** @param {Person} person */
const account = (person) => html`<p class="row">
  ${page.button(`admin-${person.id}`, t(person.administrator ? 'officer.people.end_admin' : 'officer.people.make_admin'), () => send(`admin-${person.id}`, `/api/people/${person.id}/administrator`, { administrator: !person.administrator }, t('officer.people.changed', { who: person.name })), 'quiet')}
  ${person.active ? page.button(`password-${person.id}`, t('officer.people.password'), () => newPassword(person), 'quiet') : nothing}
  ${page.button(`active-${person.id}`, t(person.active ? 'officer.people.deactivate' : 'officer.people.reactivate'), () => send(`active-${person.id}`, `/api/people/${person.id}/active`, { active: !person.active }, t('officer.people.changed', { who: person.name })), 'quiet')}</p>`;

/** @param {Person} person */
const row = (person) => html`<li class="person"><div class="row apart"><h3>${person.name}${person.me ? html` <span class="tag plain">${t('officer.people.you')}</span>` : nothing}</h3>
    <span class="row">${person.administrator ? html`<span class="tag info">${t('officer.people.administrator')}</span>` : nothing}${person.active ? nothing : html`<span class="tag bad">${t('officer.people.inactive')}</span>`}
    <span class="tag ${person.second_step ? 'ok' : 'plain'}">${t(person.second_step ? 'officer.people.step_on' : 'officer.people.step_off')}</span></span></div>
  <p class="quiet break">${person.email}</p><p>${rolesOf(person).length ? rolesOf(person).map(roleText).join(' · ') : t('officer.people.no_role')}</p>
  <details class="more"><summary>${t('officer.people.change')}<span class="vh">: ${person.name}</span></summary>
    ${rolesOf(person).length ? html`<ul class="held">${rolesOf(person).map((held) => taking(person, held))}</ul>` : nothing}${person.active ? giving(person) : nothing}${isAdminPage ? account(person) : nothing}</details></li>`;

const list = () => html`<section aria-labelledby="list-title"><h2 id="list-title">${t('officer.people.list')}</h2>${people.items.length === 0 ? emptyState(t('officer.people.empty'), t('officer.people.empty_text'))
  : html`<ul class="people">${people.items.map(row)}</ul>${pager({ page: pageNumber, size: SIZE, total: people.total, address: (to) => `?page=${to}`, go: turn })}`}</section>`;

/** @param {number} to */
async function turn(to) {
  pageNumber = to;
  await page.act('turn', async () => '');
}

/** @param {string} slug */
async function goTo(slug) {
  Object.assign(typed, { forum: slug });
  forum = slug;
  pageNumber = 1;
  await page.act('turn', async () => '');
}

function draw() {
  setTitle(title(), page.problems.length > 0);
  const head = isAdminPage ? adminHead('people', title()) : html`<p class="over-title"><a class="back" href=${path('o')}>${t('officer.back.today')}</a></p><h1>${title()}</h1>`;
  show(html`${page.head()}${head}<p class="lead">${t(isAdminPage ? 'officer.people.lead_admin' : 'officer.people.lead', { forum: nameOf(forum) })} <a href=${path('o', 'who-may-do-what')}>${t('officer.may.title')}</a></p>
    ${isAdminPage ? nothing : forumField('forum', forum, goTo)}${linkShown()}
    <div class="half"><div>${list()}</div><div>${inviteForm()}${waiting()}</div></div>`);
}

officerPage('officer-people', async (me) => {
  setTitle(title());
  if (isAdminPage) {
    forums = await everything('/api/forums');
  } else {
    forums = me.roles.filter((role) => role.role === 'organiser').map((role) => ({ slug: role.forum, name: role.forum_name }));
    if (forums.length === 0) {
      show(html`<div class="read"><h1>${title()}</h1>${notice('info', html`<p>${t('officer.people.not_organiser')}</p>`)}<p><a href=${path('o', 'who-may-do-what')}>${t('officer.may.title')}</a></p></div>`);
      return;
    }
  }
  forum = typed.forum = forums.find((one) => one.slug === query.get('forum'))?.slug ?? forums[0]?.slug ?? '';
  await load();
  draw();
});
