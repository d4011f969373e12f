// The ballot log: how long it is, what stands in it besides ballots, who watches it, and how to watch it oneself.
import { api, emptyState, figure, html, icon, nothing, number, page, params, path, Problem, setRound, setTitle, show, t } from './lib.js';
import { help } from './ballot/frame.js';
import { askedVote, bothVotes } from './public/votes.js';

/** @typedef {import('./lib.js').Instant} Instant @typedef {{number: number, type: string, at: Instant | null, until: Instant | null, fields: Record<string, any>}} Entry */

page('log', async () => {
  const round = await api('GET', `/api/rounds/${encodeURIComponent(params.round)}`);
  setRound(round);
  setTitle(t('log.title'));
  const polls = round.polls.filter((/** @type {any} */ one) => one.state !== 'to_come');
  const poll = polls.find((/** @type {any} */ one) => `?poll=${one.position}` === askedVote()) ?? polls.at(-1) ?? round.poll;
  const log = await logOf(poll.id);
  if (log === null) {
    show(html`<div class="read"><h1>${t('log.title')}</h1>${emptyState(t('log.early'), t('log.early_text'), html`<p><a class="button" href=${path('r', params.round)}>${round.title}</a></p>`)}</div>`);
    return;
  }
  draw(round, poll, log, (await api('GET', `/api/polls/${poll.id}/log/events`)).items);
});

/** The vote's log; null before it has opened. @param {string} poll */
async function logOf(poll) {
  try {
    return await api('GET', `/api/polls/${poll}/log`);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    return null;
  }
}

/** @param {any} round @param {any} poll @param {any} log @param {Entry[]} entries */
function draw(round, poll, log, entries) {
  const address = `/api/polls/${log.poll_id}/log`;
  show(html`<div class="read"><p class="over-title"><a href=${path('r', params.round)}>${round.title}</a></p><h1>${t('log.title')}</h1>${bothVotes(round.polls.filter((/** @type {any} */ one) => one.state !== 'to_come'), round.polls.length, poll.position)}
    <p class="lead">${t('log.lead')}</p>
    <dl class="figures">${figure(t('log.ballots'), log.ballots)}${figure(t('log.size'), log.size)}${figure(t('log.countersigned'), log.witnesses.length)}</dl>
    <p>${t('log.ballots_text')}</p>
    <h2>${t('log.events')}</h2><ol class="events">${entries.map((entry) => html`<li>${entry.at ? html`<b>${entry.at.day}, ${entry.at.time}.</b> ` : nothing}${sentence(entry)}</li>`)}</ol>
    <h2>${t('log.witnesses')}</h2>${watching(log.witnesses)}
    <h2>${t('log.checkpoint')}</h2><p>${t('log.checkpoint_text')}</p><pre class="code" tabindex="0">${log.checkpoint}</pre>
    <p>${t('log.key')}</p><pre class="code" tabindex="0">${log.log_key}</pre>
    <p><a href=${`${address}/checkpoint`} download=${`${params.round}-checkpoint.txt`}>${t('log.save')}</a></p>
    <p><a href=${`${address}/feed`}>${t('log.feed')}</a></p>
    <h2>${t('log.watch')}</h2><p>${t('log.watch_text')}</p><pre class="code" tabindex="0">pbvote witness ${location.origin}${location.pathname} --keep ${params.round}.txt</pre><p>${t('log.watch_sign')}</p>
    <ul><li><a href=${path('r', params.round, 'receipt')}>${t('log.receipt')}</a></li><li><a href=${path('r', params.round, 'verify')}>${t('log.verify')}</a></li></ul>
    <p>${t('done.questions')} ${help(round.contact)}</p></div>`);
}

/** @param {{name: string, size: number, seen: Instant}[]} witnesses */
const watching = (witnesses) => (witnesses.length === 0 ? html`<p>${t('log.no_witness')}</p>`
  : html`<div class="sheet"><ul class="findings">${witnesses.map((one) => html`<li class="is-right">${icon('check')}<div>${
    t('log.seen', { name: one.name, size: number(one.size), day: one.seen.day, time: one.seen.time })}</div></li>`)}</ul></div>`);

/** An entry in words. @param {Entry} entry */
function sentence({ type, fields, until }) {
  const by = fields.by?.length > 0 ? t('log.by', { names: fields.by.join(', ') }) : type === 'config' || type === 'result' ? '' : t('log.by_clock');
  const words = t(`log.event.${type}`, {
    electors: number(fields.electors ?? 0), ballots: number(fields.ballots ?? 0), counted: number(fields.counted ?? 0), reason: (fields.reason ?? '').replace(/\.$/, ''), digits: fields.digits ?? '',
    added: number(fields.added ?? 0), removed: number(fields.removed ?? 0), slots: number(fields.slots ?? 0), until: until ? `${until.day}, ${until.time}` : '',
  });
  return `${words} ${by}`.trim();
}
