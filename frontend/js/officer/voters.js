// The roll of a round: how many may vote, people from a file and their letters, new codes, which are shown once, and lost ones.
import { announce, api, emptyState, errorSummary, figure, focusSummary, html, notice, nothing, number, percent, Problem, reasonFor, setTitle, show, t, textField } from '../lib.js';
import { codeCard, codeSheet } from './codes.js';
import { emailLinks } from './email-link.js';
import { letterDesk } from './letters.js';
import { registration } from './register.js';
import { replacement } from './replace.js';
import { rollFile } from './roll-file.js';
import { doneNote, focusOn, officerPage, ownReason, perhaps, reasonsOf, roundApi, roundHead, slug } from './desk.js';
import { timesOf } from './now.js';

const MOST = 10_000;
const OPEN_PHASES = new Set(['draft', 'proposals', 'review']);

/** @type {any} */
let setup;
/** @type {{electors: number, with_email: number, sends_mail: boolean, batches: (import('./letters.js').Batch & {registered: boolean, created: import('../lib.js').Instant})[]} | null} */
let roll;
/** @type {{electors: number, voted: number} | null} */
let turnout;
/** @type {import('../lib.js').Reason[]} */
let problems = [];
const typed = { label: '', count: '' };
/** @type {ReturnType<typeof codeSheet> | null} */
let made = null;
let busy = false;
/** How many a file has just put on the roll. */
let added = 0;
/** @type {{code: string, reference: string} | null} */
let card = null;

async function load() {
  [roll, turnout] = await Promise.all([perhaps(api('GET', roundApi(slug, 'roll'))), perhaps(api('GET', roundApi(slug, 'turnout')), [403, 409])]);
}

const title = () => t('officer.voters.title');
const mayMake = () => setup.my_roles.some((/** @type {string} */ role) => ['organiser', 'clerk'].includes(role)) && OPEN_PHASES.has(setup.phase);
const hasVoting = () => !['draft', 'proposals', 'review', 'shortlist', 'cancelled'].includes(setup.phase);

const isOrganiser = () => setup.my_roles.includes('organiser');
const mayRegister = () => setup.my_roles.some((/** @type {string} */ role) => ['organiser', 'officer', 'clerk'].includes(role));
const mayReplace = () => mayRegister() && (OPEN_PHASES.has(setup.phase) || setup.phase === 'voting') && roll !== null && roll.batches.some((batch) => batch.imported || batch.registered);
const redraw = () => draw();

/**
 * @type {{file: ReturnType<typeof rollFile>, letters: ReturnType<typeof letterDesk>, lost: ReturnType<typeof replacement>,
 *   register: ReturnType<typeof registration>, links: ReturnType<typeof emailLinks>}}
 */
let desks;

/** The desks beside the making of codes, once the words are there. */
const openDesks = () => ({
  file: rollFile({ title: title(), redraw, done: imported }),
  letters: letterDesk({ title: title(), redraw, reload: load, mayMake: () => mayRegister() && OPEN_PHASES.has(setup.phase) }),
  lost: replacement({ title: title(), redraw, print: printCard }),
  register: registration({ title: title(), redraw, reload: load, print: printCard }),
  links: emailLinks({
    title: title(), redraw, setup: () => setup, changed: (/** @type {any} */ now) => { setup = now; },
    mayAllow: () => isOrganiser() && OPEN_PHASES.has(setup.phase), mayStop: () => isOrganiser() && (OPEN_PHASES.has(setup.phase) || setup.phase === 'voting'),
  }),
});

/** @param {number} size */
async function imported(size) {
  added = size;
  await load();
  draw();
  announce(t('officer.file.done', { count: size, shown: number(size) }));
  focusOn();
}

/** @param {string} code @param {string} reference */
function printCard(code, reference) {
  card = { code, reference };
  draw();
  window.print();
  card = null;
  draw();
}

/** @param {SubmitEvent} event */
async function make(event) {
  event.preventDefault();
  if (busy) return;
  const count = /^\d{1,5}$/.test(typed.count.replaceAll(',', '').trim()) ? Number(typed.count.replaceAll(',', '').trim()) : 0;
  problems = [
    ...(made && !made.kept ? [ownReason('officer_codes_not_taken', '')] : []),
    ...(typed.label.trim() ? [] : [ownReason('officer_label_missing', 'label')]),
    ...(count >= 1 && count <= MOST ? [] : [ownReason('count_out_of_range', 'count', { most: MOST })]),
  ];
  if (problems.length === 0) await send(count);
  draw();
  if (problems.length > 0) focusSummary(title());
  else focusOn('codes');
}

/** @param {number} count */
async function send(count) {
  busy = true;
  draw();
  try {
    const answer = await api('POST', roundApi(slug, 'codes'), { label: typed.label.trim(), count });
    made = codeSheet({ ...answer, round: setup, closes: timesOf(setup).until, redraw: draw });
    typed.label = '';
    typed.count = '';
    announce(t('officer.codes.made', { count: answer.codes.length }));
    await load().catch(() => {}); // the codes are what matters now
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problems = reasonsOf(error);
  }
  busy = false;
}

const form = () => html`<section class="sheet"><h2>${t('officer.voters.make')}</h2><p>${t('officer.voters.make_text')}</p>
  <form novalidate @submit=${make}>
    ${textField({ name: 'label', label: t('officer.voters.label'), hint: t('officer.voters.label_hint'), value: typed.label, error: reasonFor(problems, 'label'), input: (value) => { typed.label = value; } })}
    ${textField({ name: 'count', label: t('officer.voters.count'), hint: t('officer.voters.count_hint', { most: number(MOST) }), mode: 'numeric', width: 'short', value: typed.count,
      error: reasonFor(problems, 'count'), input: (value) => { typed.count = value; } })}
    <button class="button" aria-disabled=${busy ? 'true' : nothing}>${t(busy ? 'officer.voters.making' : 'officer.voters.button')}</button></form></section>`;

function figures() {
  const electors = roll?.electors ?? turnout?.electors ?? 0;
  return html`<dl class="figures">${figure(t('officer.voters.electors'), electors)}${roll?.with_email ? figure(t('officer.voters.with_email'), roll.with_email) : nothing}
    ${hasVoting() && turnout ? html`${figure(t('officer.voters.voted'), turnout.voted)}${figure(t('officer.voters.share'), electors ? percent(turnout.voted / electors) : '–')}` : nothing}</dl>`;
}

function batches() {
  if (roll === null) return notice('info', html`<p>${t('officer.voters.no_roll')}</p>`);
  if (roll.batches.length === 0) return emptyState(t('officer.voters.empty'), t('officer.voters.empty_text'));
  return html`<section class="sheet"><h2>${t('officer.voters.batches')}</h2><table class="tight desk"><thead><tr><th scope="col">${t('officer.voters.batch')}</th><th scope="col" class="num">${t('officer.voters.size')}</th><th scope="col">${t('officer.voters.created')}</th></tr></thead>
    <tbody>${roll.batches.map((batch) => html`<tr><th scope="row">${batch.registered ? t('officer.register.batch') : batch.label}</th><td class="num">${number(batch.size)}</td><td>${batch.created.date}, ${batch.created.time}</td></tr>`)}</tbody></table></section>`;
}

const codeCards = () => (card === null ? nothing : html`<ol class="code-cards">${codeCard({ code: card.code, note: card.reference, round: setup, closes: timesOf(setup).until })}</ol>`);

function makers() {
  if (!OPEN_PHASES.has(setup.phase)) return html`<p class="quiet">${t('officer.voters.over')}</p>`;
  return html`${mayRegister() ? html`${desks.file.draw()}${desks.register.draw()}` : nothing}${mayMake() ? form() : html`<p class="quiet">${t('officer.voters.not_clerk')}</p>`}`;
}

function draw() {
  setTitle(`${title()} - ${setup.title}`, problems.length > 0);
  show(html`<div class="noprint">${errorSummary(problems)}${desks.file.summary()}${desks.letters.summary()}${desks.lost.summary()}${desks.register.summary()}${desks.links.summary()}${roundHead(setup, 'voters', { part: title() })}<p class="lead">${t('officer.voters.lead')}</p>${figures()}
      ${added > 0 ? doneNote(html`<p>${t('officer.file.done', { count: added, shown: number(added) })}</p>`) : nothing}</div>
    ${made?.draw() ?? nothing}${codeCards()}
    <div class="half noprint"><div>${makers()}</div><div>${desks.letters.draw(roll?.batches.filter((batch) => batch.imported) ?? [])}${mayReplace() ? desks.lost.draw() : nothing}${roll?.with_email || setup.email_link ? desks.links.draw(roll?.sends_mail ?? false) : nothing}${batches()}</div></div>`);
}

officerPage('officer-voters', async () => {
  [setup] = await Promise.all([api('GET', roundApi(slug, 'setup')), load()]);
  desks = openDesks();
  draw();
});
