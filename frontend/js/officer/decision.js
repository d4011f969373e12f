// The decision on a proposal: three checks, what is decided, a cost where it changes, and the reason that the public reads.
import { api, areaField, errorSummary, fieldId, focusSummary, html, live, money, nothing, notice, pence, Problem, radioField, reasonFor, reasonText, t, tag, textField } from '../lib.js';
import { focusOn, guardLeaving, ownReason, reasonsOf, roundApi, slug, when } from './desk.js';

const CHECKS = /** @type {const} */ (['appropriate', 'feasible', 'sustainable']);
const DECISIONS = ['accepted', 'accepted_with_changes', 'rejected'];
const OPEN_PHASES = new Set(['proposals', 'review']);
const LONGEST_REASON = 2000;

/** @typedef {{appropriate: boolean | null, feasible: boolean | null, sustainable: boolean | null}} Checks */
/** @typedef {{decision: string, reason: string, cost: string, checks: Checks}} Typed */

/** What an officer decided before, as it stands in the form. @param {any} item @returns {Typed} */
const before = (item) => ({
  decision: DECISIONS.includes(item.status) ? item.status : '',
  reason: DECISIONS.includes(item.status) ? item.status_reason : '',
  cost: item.status === 'accepted_with_changes' ? String(item.cost / 100) : '',
  checks: { ...item.checks },
});

/**
 * @param {{setup: any, item: any, number: number, reload: () => Promise<any>, redraw: () => void, decided: (item: any) => void}} page
 */
export function decisionForm({ setup, item: first, number, reload, redraw, decided }) {
  let item = first;
  let typed = before(item);
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  /** @type {'' | 'found' | 'loaded'} */
  let conflict = '';
  let busy = false;
  guardLeaving(() => JSON.stringify(typed) !== JSON.stringify(before(item)) && conflict !== 'loaded');

  const mayDecide = setup.my_roles.includes('officer') && OPEN_PHASES.has(setup.phase) && item.status !== 'withdrawn';

  function check() {
    const accepts = typed.decision.startsWith('accepted');
    return [
      ...CHECKS.filter((name) => typed.checks[name] === null).map((name) => ownReason(`officer_check_${name}`, `checks.${name}`)),
      ...(typed.decision ? [] : [ownReason('officer_decision_missing', 'decision')]),
      ...(accepts && CHECKS.some((name) => typed.checks[name] === false) ? [ownReason('checks_not_met', 'decision')] : []),
      ...(typed.decision === 'accepted_with_changes' && !pence(typed.cost) ? [ownReason(typed.cost.trim() ? 'officer_bad_amount' : 'officer_cost_missing', 'cost')] : []),
      ...(typed.reason.trim() ? [] : [ownReason('officer_reason_missing', 'reason')]),
    ];
  }

  /** @param {SubmitEvent} event */
  async function save(event) {
    event.preventDefault();
    if (busy) return;
    problems = check();
    if (problems.length === 0 && await send()) return;
    redraw();
    if (problems.length > 0) focusSummary(item.title);
    else focusOn('conflict');
  }

  /** True when it is saved. */
  async function send() {
    busy = true;
    redraw();
    try {
      const changed = typed.decision === 'accepted_with_changes';
      item = await api('POST', roundApi(slug, `proposals/${number}/decision`), {
        decision: typed.decision, reason: typed.reason, checks: typed.checks, cost: changed ? pence(typed.cost) : null, version: item.version,
      });
      typed = before(item);
      conflict = '';
      busy = false;
      decided(item);
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'changed_by_somebody_else') conflict = 'found';
      else problems = reasonsOf(error);
    }
    busy = false;
    return false;
  }

  async function loadNewer() {
    try {
      item = await reload();
      conflict = 'loaded';
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems = reasonsOf(error);
    }
    redraw();
    focusOn('conflict');
  }

  const conflictBox = () => (conflict === '' ? nothing : html`<section class="notice warn block" id="conflict" tabindex="-1" aria-labelledby="conflict-title"><h3 id="conflict-title">${t('officer.conflict.title')}</h3>
    ${conflict === 'found' ? html`<p>${t('officer.conflict.found')}</p><p><button class="button quiet" type="button" @click=${loadNewer}>${t('officer.conflict.load')}</button></p>`
      : html`<p>${t('officer.decision.now')} ${tag(item.status, t(`officer.status.${item.status}`))} ${money(item.cost)}</p>${item.status_reason ? html`<blockquote class="lines-kept">${item.status_reason}</blockquote>` : nothing}
        <p>${t('officer.decision.yours_kept')}</p><p><button class="button quiet" type="button" @click=${() => { typed = before(item); conflict = ''; redraw(); }}>${t('officer.decision.use_theirs')}</button></p>`}</section>`);

  /** @param {typeof CHECKS[number]} name */
  function checkRow(name) {
    const error = reasonFor(problems, `checks.${name}`);
    const id = fieldId(`checks.${name}`);
    const option = (/** @type {boolean} */ value, /** @type {string | typeof nothing} */ own) => html`<label class="choice"><input type="radio" name=${`check-${name}`} id=${own} .checked=${live(typed.checks[name] === value)}
      @change=${() => { typed.checks[name] = value; redraw(); }}><span>${t(value ? 'officer.vote.yes' : 'officer.vote.no')}</span></label>`;
    return html`<fieldset class="field check ${error ? 'wrong' : ''}"><legend>${t(`officer.check.${name}`)}</legend><p class="hint">${t(`officer.check.${name}.hint`)}</p>
      ${error ? html`<p class="error">${reasonText(error)}</p>` : nothing}<div class="row">${option(true, id)}${option(false, nothing)}</div></fieldset>`;
  }

  const decisionFields = () => html`${CHECKS.map(checkRow)}
    ${radioField({ name: 'decision', label: t('officer.decision.label'), value: typed.decision, error: reasonFor(problems, 'decision') ?? reasonFor(problems, 'checks'),
      options: DECISIONS.map((one) => ({ value: one, text: t(`officer.decision.${one}`) })), change: (value) => { typed.decision = value; redraw(); } })}
    ${typed.decision === 'accepted_with_changes' ? textField({ name: 'cost', label: t('officer.decision.cost'), hint: t('officer.decision.cost_hint', { cost: money(item.lines.reduce((/** @type {number} */ sum, /** @type {{amount: number}} */ line) => sum + line.amount, 0)) }),
      money: true, width: 'middle', value: typed.cost, error: reasonFor(problems, 'cost'), input: (value) => { typed.cost = value; } }) : nothing}
    ${areaField({ name: 'reason', label: t('officer.decision.reason'), hint: t('officer.decision.reason_hint'), rows: 5, max: LONGEST_REASON, value: typed.reason, error: reasonFor(problems, 'reason'),
      input: (value) => { typed.reason = value; redraw(); } })}`;

  const readOnly = () => html`<dl class="facts">${CHECKS.map((name) => html`<dt>${t(`officer.check.${name}`)}</dt><dd>${item.checks[name] === null ? '–' : t(item.checks[name] ? 'officer.vote.yes' : 'officer.vote.no')}</dd>`)}
    <dt>${t('officer.decision.reason_given')}</dt><dd class="lines-kept">${item.status_reason || '–'}</dd></dl>`;

  const whyNot = () => t(item.status === 'withdrawn' ? 'officer.decision.withdrawn' : OPEN_PHASES.has(setup.phase) ? 'officer.decision.not_officer' : 'officer.decision.frozen');

  return {
    get problems() { return problems; },
    summary: () => errorSummary(problems),
    draw: () => html`<section class="sheet"><h2>${t('officer.decision.title')}</h2>
      ${item.decided ? html`<p class="quiet">${t('officer.decision.decided', { when: when(item.decided) })}</p>` : nothing}
      ${mayDecide ? html`${conflictBox()}<form novalidate @submit=${save}>${decisionFields()}
        <button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.decision.save')}</button></form>` : html`${notice('info', html`<p>${whyNot()}</p>`)}${readOnly()}`}</section>`,
  };
}
