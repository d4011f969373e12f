// Whether the installation is well: what to do first, then the figures. It looks again by itself, and can be told not to.
import { announce, api, figure, html, icon, nothing, number, Problem, setTitle, show, t } from '../lib.js';
import { officerPage } from '../officer/desk.js';
import { adminHead } from './head.js';
import { ago, length, size } from './measures.js';

/** @typedef {{name: string, level: string, sentence: string, remedy: string}} Finding */
/** @typedef {{name: string, level: string, params: Record<string, number>}} Sign */
/** @typedef {{kind: string, count: number, last_at: string | null}} Failure */
/** @typedef {{findings: Finding[], signs: Sign[], minute: {casts: number, casts_refused: number, turned_away: number, errors: number, commit_ms: number | null}, figures: Record<string, number>, times: Record<string, string | null>, failures: Failure[], release: string, schema: string, database: string, asked_at: string}} Status */

const EVERY = 5_000;
/** @type {Status} */
let status;
let paused = false;
let lost = false;
let verdict = '';
const title = () => t('officer.well.title');

/** A sentence of the doctor's: commands stand in backticks, as in the documentation. @param {string} text */
const withCommands = (text) => text && html`<span lang="en">${text.split('`').map((part, number) => (number % 2 ? html`<code class="command">${part}</code>` : part))}</span>`;

/** What there is to do, the worst first: words of ours for what figures say, the doctor's own for what it found. */
const todos = () => [
  ...status.signs.map((sign) => ({ level: sign.level, said: t(`officer.well.sign.${sign.name}`, sign.params), remedy: t(`officer.well.do.${sign.name}`) })),
  ...status.findings.map((one) => ({ level: one.level, said: withCommands(one.sentence), remedy: withCommands(one.remedy) })),
].sort((one, other) => Number(other.level === 'wrong') - Number(one.level === 'wrong'));

/** @param {ReturnType<typeof todos>} list */
const verdictOf = (list) => (list.length === 0 ? t('officer.well.good') : t(list[0].level === 'wrong' ? 'officer.well.wrong' : 'officer.well.look', { count: list.length }));

/** @param {ReturnType<typeof todos>[number]} one */
const row = ({ level, said, remedy }) => html`<li class="todo ${level === 'wrong' ? 'bad' : 'warn'}"><span class="tag ${level === 'wrong' ? 'bad' : 'warn'}">${t(`officer.well.level.${level}`)}</span>
  <h3>${said}</h3>${remedy ? html`<p>${remedy}</p>` : nothing}</li>`;

/** @param {string} name @param {unknown} value @param {unknown} [note] */
const line = (name, value, note) => html`<dt>${t(`officer.well.of.${name}`)}</dt><dd>${typeof value === 'number' ? number(value) : value}${note ? html`<span class="hint">${note}</span>` : nothing}</dd>`;

/** @param {string} name @param {unknown} lines */
const part = (name, lines) => html`<section class="sheet" aria-labelledby="part-${name}"><h2 id="part-${name}">${t(`officer.well.part.${name}`)}</h2><dl class="facts wide">${lines}</dl></section>`;

/** @param {string | null} then */
const since = (then) => (then ? ago(Date.parse(status.asked_at) - Date.parse(then)) : t('officer.well.never'));

function failures() {
  if (status.failures.length === 0) return html`<p>${t('officer.well.no_failures')}</p>`;
  return html`<table><thead><tr><th scope="col">${t('officer.well.kind')}</th><th scope="col" class="num">${t('officer.well.count')}</th><th scope="col">${t('officer.well.last')}</th></tr></thead>
    <tbody>${status.failures.map((one) => html`<tr><td><code class="print">${one.kind}</code></td><td class="num">${number(one.count)}</td><td>${since(one.last_at)}</td></tr>`)}</tbody></table>`;
}

function figures() {
  const { figures: now, minute, times } = status;
  return html`<section aria-labelledby="minute"><h2 id="minute">${t('officer.well.minute')}</h2><dl class="figures">${figure(t('officer.well.of.casts'), minute.casts)}${figure(t('officer.well.of.casts_refused'), minute.casts_refused)}${figure(t('officer.well.of.turned_away'), minute.turned_away)}${figure(t('officer.well.of.errors'), minute.errors)}</dl>
    <p class="hint">${t('officer.well.fives')}</p></section>
    <div class="half fit">${part('votes', html`${line('waiting', now.casts_waiting, now.casts_waiting_most ? t('officer.well.at_most', { count: now.casts_waiting_most }) : nothing)}${line('commit', minute.commit_ms === null ? t('officer.well.none_written') : t('officer.well.within', { time: length(minute.commit_ms) }))}${line('batch', now.waiting_ballots)}${line('entered', since(times.batch))}${line('log', now.log_leaves)}`)}
    ${part('processes', html`${line('workers', now.workers, now.leader ? t('officer.well.led') : t('officer.well.not_led'))}${line('clock', since(times.clock))}${line('connections', now.connections)}${line('memory', size(now.resident_memory_bytes))}${line('lag', length(now.loop_lag_ms))}${line('pool', now.pool_connections_in_use)}`)}
    ${part('space', html`${line('disk', size(now.disk_free_bytes))}${line('reserve', size(now.disk_reserve_bytes))}${line('database', size(now.database_bytes))}${line('pictures', size(now.picture_bytes))}${line('backup', since(times.backup))}${line('audit', now.audit_events)}`)}
    ${part('work', html`${line('outbox', now.outbox_messages)}${line('news', now.follow_queue)}${line('held', now.rounds_held)}${line('sign_ins', now.sign_ins)}${line('drafts', now.drafts)}${line('cache', size(now.cache_bytes))}`)}</div>
    <section class="sheet after" aria-labelledby="failures"><h2 id="failures">${t('officer.well.failures')}</h2>${failures()}</section>
    <p class="hint">${t('officer.well.release', { release: status.release, schema: status.schema || '–', database: status.database })}</p>`;
}

function draw() {
  const list = todos();
  const now = lost ? t('officer.well.lost') : verdictOf(list);
  if (verdict && now !== verdict) announce(now);
  verdict = now;
  const mood = lost || list[0]?.level === 'wrong' ? 'bad' : list.length ? 'warn' : 'ok';
  setTitle(`${title()}: ${now}`);
  show(html`${adminHead('well', title())}
    <div class="notice block ${mood}"><h2>${mood === 'ok' ? icon('check') : nothing}${now}</h2><p>${paused ? t('officer.well.paused') : t('officer.well.again')}</p>
      <p><button class="button quiet" type="button" @click=${pause}>${t(paused ? 'officer.well.go_on' : 'officer.well.pause')}</button></p></div>
    ${list.length ? html`<section aria-labelledby="todo"><h2 id="todo">${t('officer.well.todo')}</h2><ul class="todos">${list.map(row)}</ul></section>` : nothing}
    ${figures()}`);
}

function pause() {
  paused = !paused;
  void again();
}

/** Look again, unless nobody looks at it. */
async function again() {
  if (!paused && !document.hidden) {
    try {
      status = await api('GET', '/api/status');
      lost = false;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      lost = true;
    }
  }
  draw();
}

officerPage('admin-well', async () => {
  status = await api('GET', '/api/status');
  draw();
  setInterval(again, EVERY);
});
