// A new round: which forum, what it begins from, and the few things that no template can know.
import { announce, api, errorSummary, everything, focusSummary, html, nothing, path, pence, Problem, radioField, reasonFor, reasonText, selectField, setTitle, show, t, textField } from '../lib.js';
import { desk, officerPage, ownReason, reasonsOf, roundApi } from './desk.js';
import { course, firstDay, NAMES, phasesOf, usualDates } from './usual-dates.js';

/** @typedef {{id: string, title: string, sentence: string, own: boolean, budget: number, advisory: boolean, night: boolean, phases: {phase: string, days: number}[]}} Template */
/** @typedef {{slug: string, title: string, budget: number, currency: string, phase: string, rehearsal: boolean, forum: {slug: string}}} Earlier */

const MOST_EARLIER = 3;
const title = () => t('officer.new.title');

officerPage('officer-new', async (me) => {
  setTitle(title());
  const forums = me.roles.filter((role) => role.role === 'organiser');
  if (forums.length === 0) {
    show(html`<div class="read"><h1>${title()}</h1><p>${t('officer.new.not_organiser')}</p><p><a class="button" href=${path('o')}>${t('officer.back.today')}</a></p></div>`);
    return;
  }
  /** @type {Earlier[]} */
  const rounds = await everything('/api/officer/rounds');
  const typed = { forum: '', begin: '', title: '', first: firstDay(), funder: '', amount: '' };
  /** @type {Template[]} */
  let templates = [];
  /** @type {{amount: number, funder: string} | null} */
  let band = null;
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  let busy = false;
  let named = false; // the title was typed, not proposed

  const forumName = () => forums.find((one) => one.forum === typed.forum)?.forum_name ?? '';
  const earlier = () => rounds.filter((round) => round.forum.slug === typed.forum && !round.rehearsal && round.phase !== 'draft' && round.phase !== 'cancelled').slice(0, MOST_EARLIER);
  const template = () => templates.find((one) => one.id === typed.begin);
  const cloned = () => earlier().find((round) => `like:${round.slug}` === typed.begin);
  /** Nobody has said yet what money there is. */
  const noMoney = () => { const one = template(); return one !== undefined && !one.advisory && one.budget === 0 && band === null; };

  /** @param {string} forum */
  async function chooseForum(forum) {
    typed.forum = forum;
    typed.begin = '';
    if (!named) typed.title = t('officer.new.proposed', { forum: forumName(), year: String(new Date(`${typed.first}T09:00`).getFullYear()) });
    const [found, whole] = await Promise.all([api('GET', `/api/templates?forum=${encodeURIComponent(forum)}`), api('GET', `/api/forums/${encodeURIComponent(forum)}`)]);
    if (typed.forum !== forum) return;
    templates = found.items;
    band = whole.band;
    draw();
  }

  const draw = () => show(html`<div class="read wide-read">${errorSummary(problems)}
    <p class="over-title"><a class="back" href=${path('o')}>${t('officer.back.today')}</a></p>
    <h1>${title()}</h1><p class="lead">${t('officer.new.lead')}</p>
    <form novalidate @submit=${submit}>${forumField()}${typed.forum && templates.length ? beginField() : nothing}${typed.begin ? essentials() : nothing}
      ${typed.begin || forums.length === 1 || typed.forum ? html`<button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.new.button')}</button>` : nothing}</form></div>`);

  const forumField = () => {
    const options = forums.map((role) => ({ value: role.forum, text: role.forum_name }));
    if (options.length === 1) return html`<p><b>${t('officer.new.forum')}</b><br>${options[0].text}</p>`;
    const field = { name: 'forum', label: t('officer.new.forum'), value: typed.forum, error: reasonFor(problems, 'forum'), change: (/** @type {string} */ value) => { if (value) chooseForum(value); } };
    return options.length < 6 ? radioField({ ...field, options }) : selectField({ ...field, options: [{ value: '', text: t('officer.new.choose') }, ...options] });
  };

  /** @param {string} value @param {unknown} content @param {boolean} first */
  const choice = (value, content, first) => html`<label class="choice card ${typed.begin === value ? 'chosen' : ''}">
    <input type="radio" name="template" id=${first ? 'f-template' : nothing} value=${value} .checked=${typed.begin === value} @change=${() => begin(value)}>
    <span class="template">${content}</span></label>`;

  /** @param {string} value */
  function begin(value) {
    typed.begin = value;
    draw();
    announce(t('officer.new.essentials'));
  }

  const beginField = () => {
    const error = reasonFor(problems, 'template');
    const own = templates.filter((one) => one.own);
    const shipped = templates.filter((one) => !one.own);
    const cards = (/** @type {Template[]} */ list, /** @type {boolean} */ first) => list.map((one, at) => choice(one.id, html`<b>${one.title}</b><span>${one.sentence}</span>${course(one.night ? inOneNight(one.phases) : one.phases)}`, first && at === 0));
    const before = earlier();
    return html`<fieldset class="field ${error ? 'wrong' : ''}" aria-describedby=${error ? 'f-template-error' : nothing}><legend>${t('officer.new.template')}</legend>
      <p class="hint">${t('officer.new.template_hint')}</p>${error ? html`<p class="error" id="f-template-error">${reasonText(error)}</p>` : nothing}
      ${before.length ? html`<h2 class="small-title">${t('officer.new.as_before')}</h2><div class="templates">${before.map((round, at) => choice(`like:${round.slug}`, html`<b>${t('officer.new.same_as', { round: round.title })}</b>
        <span>${t('officer.new.same_as_text', { amount: round.budget })}</span>`, at === 0))}</div>` : nothing}
      ${own.length ? html`<h2 class="small-title">${t('officer.new.own')}</h2><div class="templates">${cards(own, before.length === 0)}</div>` : nothing}
      ${before.length || own.length ? html`<h2 class="small-title">${t('officer.new.shipped')}</h2>` : nothing}<div class="templates">${cards(shipped, before.length + own.length === 0)}</div></fieldset>`;
  };

  /** What no template knows: with it, most rounds are ready to be opened. */
  const essentials = () => html`<h2>${t('officer.new.essentials')}</h2>
    ${textField({ name: 'title', label: t('officer.about.title_label'), hint: t('officer.new.title_hint'), value: typed.title, max: 90, error: reasonFor(problems, 'title'),
      input: (value) => { typed.title = value; named = true; draw(); } })}
    ${textField({ name: 'first', label: t('officer.new.first'), hint: t('officer.new.first_hint'), type: 'date', width: 'middle', value: typed.first, error: reasonFor(problems, 'first'), input: (value) => { typed.first = value; } })}
    ${noMoney() ? html`${textField({ name: 'amount', label: t('officer.new.amount'), hint: t('officer.new.amount_hint'), money: true, width: 'middle', optional: true, value: typed.amount, error: reasonFor(problems, 'amount'),
      input: (value) => { typed.amount = value; draw(); } })}
      ${typed.amount.trim() ? textField({ name: 'funder', label: t('officer.new.funder'), value: typed.funder, error: reasonFor(problems, 'funder'), input: (value) => { typed.funder = value; } }) : nothing}`
      : html`<p class="quiet">${moneyLine()}</p>`}`;

  const moneyLine = () => {
    const one = template();
    if (one?.advisory) return t('officer.new.advisory');
    if (band && one?.budget === 0) return t('officer.new.band', { amount: band.amount, funder: band.funder });
    return t('officer.new.has_money', { amount: one?.budget ?? cloned()?.budget ?? 0 });
  };

  function check() {
    const amount = noMoney() && typed.amount.trim();
    return [
      ...(typed.forum ? [] : [ownReason('officer_forum_missing', 'forum')]),
      ...(typed.begin || !typed.forum ? [] : [ownReason('officer_template_missing', 'template')]),
      ...(typed.title.trim() || !typed.begin ? [] : [ownReason('officer_title_missing', 'title')]),
      ...(amount && !pence(typed.amount) ? [ownReason('officer_bad_amount', 'amount')] : []),
      ...(amount && !typed.funder.trim() ? [ownReason('officer_funder_missing', 'funder')] : []),
    ];
  }

  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (busy) return;
    problems = check();
    if (problems.length === 0) await send();
    draw();
    if (problems.length > 0) focusSummary(title());
  }

  async function send() {
    busy = true;
    draw();
    try {
      const from = cloned() ? { clone_of: typed.begin.slice('like:'.length) } : { template: typed.begin };
      const setup = await api('POST', '/api/rounds', { forum: typed.forum, title: typed.title, ...from });
      const left = await fill(setup);
      location.assign(`${desk(setup.slug)}?saved=${left ? 'new_left' : 'new'}`);
      return;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error);
    }
    busy = false;
  }

  /** Money and dates, as far as they are known: the round is there already, so what is refused is mended on its own page. @param {any} setup */
  async function fill(setup) {
    let { version } = setup;
    try {
      if (noMoney() && typed.amount.trim()) {
        const pot = { funder: typed.funder.trim(), amount: pence(typed.amount), categories: [], proposals: [], leftover: 'returned' };
        const { match, part_funding, smallest_award, largest_award } = setup;
        const fits = (/** @type {number | null} */ award) => (award !== null && award <= (pot.amount ?? 0) ? award : null);
        ({ version } = await api('PUT', roundApi(setup.slug, 'setup/money'), { pots: [pot], smallest_award: fits(smallest_award), largest_award: fits(largest_award), match, part_funding, version }));
      }
      const phases = template()?.phases ?? await phasesLike(typed.begin.slice('like:'.length));
      if (typed.first && phases.length) {
        const dates = Object.fromEntries(Object.entries(usualDates(phases, typed.first)).map(([name, at]) => [name, at || null]));
        await api('PUT', roundApi(setup.slug, 'setup/dates'), { ...dates, version });
      }
      return false;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return true;
    }
  }

  if (forums.length === 1) await chooseForum(forums[0].forum);
  draw();
});

/** Votes that take place on one night, as one phase. @param {Template['phases']} phases */
function inOneNight(phases) {
  const at = phases.findIndex((one) => one.phase === 'voting');
  const last = phases.findLastIndex((one) => one.phase === 'voting');
  return at === last || phases[at].days > 1 ? phases : [...phases.slice(0, at), { phase: 'night', days: 1 }, ...phases.slice(last + 1)];
}

/** How long the phases of an earlier round took. @param {string} slug */
async function phasesLike(slug) {
  const { calendar } = await api('GET', `/api/rounds/${encodeURIComponent(slug)}`);
  const dates = /** @type {import('./usual-dates.js').Dates} */ (Object.fromEntries(NAMES.map((name) => [name, calendar[name]?.local ?? ''])));
  return phasesOf(dates).map(({ phase, days }) => ({ phase, days: Math.max(1, Math.round(days)) }));
}
