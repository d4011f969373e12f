// The turnout audit: public dice draw whom to ask whether they voted, two officers put on record what came of it.
import { api, areaField, html, icon, nothing, notice, number, radioField, setTitle, show, t, textField, wrapField } from '../lib.js';
import { desk, officerPage, ownReason, perhaps, roundApi, roundHead, slug, when } from './desk.js';
import { save, sendFile } from './files.js';
import { approvalsOf, asked, waitingAll } from './two.js';
import { work } from './work.js';

/** @typedef {'size' | 'asked' | 'yes' | 'no' | 'not_reached'} Count */
/** @typedef {Record<Count, number> & {recorded: import('../lib.js').Instant}} Recorded */
/** @typedef {{size: number, references: string[], elsewhere: number, unknown: number}} Sample */
/** @typedef {{digits: string | null, marked: number, with_reference: number, sizes: {percent: number, size: number}[], recorded: Recorded | null}} Audit */

const ACTION = 'turnout_audit';
/** @type {Count[]} */
const COUNTS = ['asked', 'yes', 'no', 'not_reached'];

/** @type {any} */
let setup;
/** @type {Audit | null} */
let audit;
/** How many are on the roll. */
let electors = 0;
/** @type {import('./two.js').Approval[]} */
let approvals = [];
/** Whom to ask, as long as this page is open. */
let sample = /** @type {Sample | null} */ (null);
/** @type {File | null} */
let file = null;
const typed = { percent: '5', list: '', asked: '', yes: '', no: '', not_reached: '' };

const title = () => t('officer.audit.title');
const page = work({ title, load, draw: () => draw(), tell: (said) => t(`officer.audit.said.${said}`) });
const may = () => setup.my_roles.some((/** @type {string} */ role) => ['officer', 'organiser'].includes(role));
const inTime = () => ['counting', 'shortlist', 'published', 'delivery'].includes(setup.phase);
const size = () => Math.min(audit?.sizes.find((one) => String(one.percent) === typed.percent)?.size ?? 0, audit?.marked ?? 0);

async function load() {
  setup = await api('GET', roundApi(slug, 'setup'));
  const [state, given, turnout] = await Promise.all([perhaps(api('GET', roundApi(slug, 'turnout-audit'))), approvalsOf(slug), perhaps(api('GET', roundApi(slug, 'turnout')), [403, 409])]);
  audit = state;
  approvals = given;
  electors = turnout?.electors ?? 0;
}

/** @param {SubmitEvent} event */
function drawSample(event) {
  event.preventDefault();
  if (page.refuse(file || typed.list.trim() ? [] : [ownReason('officer_audit_list', 'list')])) return;
  const list = file ?? new File([typed.list], 'list.csv', { type: 'text/csv' });
  page.act('sample', async () => {
    sample = await sendFile(`${roundApi(slug, 'turnout-audit/sample')}?percent=${typed.percent}`, list);
    return 'drawn';
  }, { file: 'list', reference: 'list' });
}

const saveList = () => {
  const inert = (/** @type {string} */ one) => (/^[=+\-@\t\r]/.test(one) ? `'${one}` : one); // no formula for a spreadsheet
  const lines = (sample?.references ?? []).map(inert).map((one) => (/[",;\n]/.test(one) ? `"${one.replaceAll('"', '""')}"` : one));
  save(`${slug}-turnout-audit.csv`, new Blob([`\uFEFFreference,voted\r\n${lines.map((one) => `${one},\r\n`).join('')}`], { type: 'text/csv;charset=utf-8' }));
};

/** @param {string} text */
const whole = (text) => (/^\d{1,5}$/.test(text.trim()) ? Number(text.trim()) : null);

/** @param {SubmitEvent} event */
function enter(event) {
  event.preventDefault();
  const wrong = COUNTS.filter((name) => whole(typed[/** @type {'asked'} */ (name)]) === null).map((name) => ownReason('officer_whole_or_zero', name));
  const counts = Object.fromEntries(COUNTS.map((name) => [name, whole(typed[/** @type {'asked'} */ (name)]) ?? 0]));
  const sum = counts.yes + counts.no + counts.not_reached;
  if (page.refuse(wrong.length > 0 || sum === counts.asked ? wrong : [ownReason('answers_do_not_add_up', 'asked', { asked: counts.asked })])) return;
  record({ size: size(), ...counts }, null);
}

/** @param {object} counts @param {import('./two.js').Approval | null} ask */
const record = (counts, ask) => page.act(ask?.id ?? ACTION, async () => {
  const answer = await api('POST', roundApi(slug, 'turnout-audit'), { ...counts, approves: ask?.id ?? null });
  return answer.status === 'done' ? 'recorded' : 'asked';
}, { size: 'asked' });

/** The numbers that somebody asked to put on record. @param {import('./two.js').Approval} ask @returns {Record<Count, number>} */
function countsOf(ask) {
  const [of, asked_, yes, no, not_reached] = ask.subject.split(' ').map(Number);
  return { size: of, asked: asked_, yes, no, not_reached };
}

/** @param {Record<Count, number>} counts */
const table = (counts) => html`<table class="tight desk counts"><tbody>${/** @type {Count[]} */ (['size', ...COUNTS]).map((name) => html`<tr><th scope="row">${t(`officer.audit.${name}`)}</th><td class="num">${number(counts[name])}</td></tr>`)}</tbody></table>
  ${counts.no > 0 ? notice('bad', html`<p><b>${t('officer.audit.found', { count: counts.no })}</b></p><p>${t('officer.audit.found_text')}</p>`) : nothing}`;

/** @param {string} name @param {unknown} content */
const part = (name, content) => html`<section class="sheet" aria-labelledby="part-${name}"><h2 id="part-${name}">${t(`officer.audit.part.${name}`)}</h2>${content}</section>`;

function dicePart() {
  if (audit?.digits) return part('dice', html`<p>${icon('check')} ${t('officer.dice.rolled_turnout_audit')} <code class="print">${audit.digits}</code></p>`);
  return part('dice', html`<p>${t('officer.audit.dice_text')}</p><p><a class="button quiet" href="${desk(slug, 'count')}#f-dice">${t('officer.dice.button')}</a></p>`);
}

function samplePart() {
  if (!audit?.digits || !may() || !inTime() || audit.recorded) return nothing;
  const { sizes, marked, with_reference } = audit;
  const sensible = sizes.filter((_, at) => at === 0 || sizes[at - 1].size < marked); // a larger one would be everybody too
  return part('sample', html`${with_reference < electors ? notice('info', html`<p>${t('officer.audit.some_unknown')}</p>`) : nothing}
    <form novalidate @submit=${drawSample}>
      ${radioField({ name: 'percent', label: t('officer.audit.how_many'), hint: t('officer.audit.how_many_hint', { marked }), value: typed.percent, change: (value) => { typed.percent = value; draw(); },
        options: sensible.map((one) => ({ value: String(one.percent), text: t('officer.audit.people', { count: Math.min(one.size, marked) }), hint: t('officer.audit.finds', { percent: one.percent }) })) })}
      ${wrapField({ name: 'audit-file', label: t('officer.audit.file'), hint: t('officer.audit.file_hint'), optional: true }, (describedBy) => html`
        <input id="f-audit-file" type="file" accept=".csv,.txt,text/csv,text/plain" aria-describedby=${describedBy} @change=${(/** @type {Event} */ event) => { file = /** @type {HTMLInputElement} */ (event.currentTarget).files?.[0] ?? null; }}>`)}
      ${areaField({ name: 'list', label: t('officer.audit.list'), hint: t('officer.audit.list_hint'), rows: 4, value: typed.list, error: page.error('list'), input: (value) => { typed.list = value; } })}
      <p>${page.button('sample', t('officer.audit.draw'), undefined)}</p></form>
    ${sample ? drawnPart(sample) : nothing}`);
}

/** @param {Sample} found */
const drawnPart = (found) => html`<div class="step"><h3>${t('officer.audit.ask', { count: found.references.length })}</h3><p>${t('officer.audit.ask_text')}</p>
  ${found.elsewhere ? html`<p>${t('officer.audit.elsewhere', { count: found.elsewhere, size: found.size })}</p>` : nothing}${found.unknown ? html`<p>${t('officer.audit.unknown', { count: found.unknown })}</p>` : nothing}
  ${found.references.length ? html`<ol class="code-list">${found.references.map((one) => html`<li>${one}</li>`)}</ol>
    <p class="row noprint"><button class="button quiet" type="button" @click=${saveList}>${icon('download')}${t('officer.audit.save')}</button><button class="button quiet" type="button" @click=${() => window.print()}>${icon('print')}${t('officer.audit.print')}</button></p>` : nothing}</div>`;

function recordPart() {
  if (audit?.recorded) return part('record', html`<p>${icon('check')} ${t('officer.audit.on_record', { when: when(audit.recorded.recorded) })}</p>${table(audit.recorded)}`);
  if (!audit?.digits || !inTime()) return nothing;
  const asks = asked(approvals, ACTION);
  return part('record', html`<p>${t('officer.audit.record_text')}</p>
    ${waitingAll(asks, { may: may(), work: page, approve: (ask) => record(countsOf(ask), ask), fields: (ask) => table(countsOf(ask)) })}
    ${!may() ? html`<p>${t('officer.two.only')}</p>` : asks.length === 0 ? answersForm() : html`<details class="more"><summary>${t('officer.audit.others')}</summary>${answersForm()}</details>`}`);
}

function answersForm() {
  const entry = (/** @type {'asked' | 'yes' | 'no' | 'not_reached'} */ name) => textField({ name, label: t(`officer.audit.${name}`), mode: 'numeric', width: 'short', value: typed[name], error: page.error(name), input: (value) => { typed[name] = value; } });
  return html`<form novalidate @submit=${enter}><p>${t('officer.audit.of_sample', { count: size() })}</p>
      <div class="four">${entry('asked')}${entry('yes')}${entry('no')}${entry('not_reached')}</div><p>${page.button(ACTION, t('officer.two.ask'), undefined)}</p></form>`;
}

function draw() {
  setTitle(`${title()} - ${setup.title}`, page.problems.length > 0);
  const cannot = audit === null ? 'not_you' : !inTime() && !audit.recorded ? 'not_now' : audit.with_reference === 0 && !audit.recorded ? 'nobody' : '';
  show(html`${page.head()}${roundHead(setup, 'count', { part: title() })}<p class="lead wide-read">${t('officer.audit.lead')}</p>
    ${cannot ? notice('warn', html`<p>${t(`officer.audit.cannot.${cannot}`)}</p>`) : html`${dicePart()}${samplePart()}${recordPart()}`}
    <p class="noprint"><a href=${desk(slug, 'count')}>${t('officer.audit.back')}</a></p>`);
}

officerPage('officer-audit', async () => {
  await load();
  draw();
});
