// The decision on a proposal: the checks, what is decided, a cost where it changes, and the reason that the public reads.
import { areaField, errorSummary, focusSummary, html, money, nothing, notice, pence, radioField, reasonFor, t, textField } from '../lib.js';
import { CHECKS, checkList, countedCheck } from './checks.js';
import { focusOn, guardLeaving, ownReason, when } from './desk.js';

const DECISIONS = ['accepted', 'accepted_with_changes', 'rejected'];
const CHANGES = 'changes_requested';
const OPEN_PHASES = new Set(['proposals', 'review']);
const REVIEWED = new Set(['submitted', CHANGES, ...DECISIONS]);
const LONGEST_REASON = 1000;

/** @typedef {{decision: string, reason: string, cost: string}} Typed */

/** What an officer decided before, as it stands in the form. @param {any} item @returns {Typed} */
const before = (item) => {
  const decided = [...DECISIONS, CHANGES].includes(item.status);
  return { decision: decided ? item.status : '', reason: decided ? item.status_reason : '', cost: item.status === 'accepted_with_changes' ? String(item.cost / 100) : '' };
};

/** The reasons that were given last in this round, for the next proposals. @param {string} slug */
const memory = (slug) => `pbvote:reasons:${slug}`;
/** @param {string} slug @returns {{decision: string, reason: string}[]} */
function remembered(slug) {
  try {
    return JSON.parse(sessionStorage.getItem(memory(slug)) ?? '[]');
  } catch {
    return [];
  }
}
/** @param {string} slug @param {{decision: string, reason: string}} given */
function remember(slug, given) {
  const others = remembered(slug).filter((one) => one.reason !== given.reason);
  sessionStorage.setItem(memory(slug), JSON.stringify([given, ...others].slice(0, 8)));
}

/** May officers, and this one, still decide? @param {any} setup @param {any} item */
export const mayDecide = (setup, item) => setup.my_roles.includes('officer') && OPEN_PHASES.has(setup.phase) && REVIEWED.has(item.status);

/**
 * @param {{setup: any, review: import('./review.js').Review, number: number, next: () => number | null, redraw: () => void, decided: (on: boolean) => void}} page
 */
export function decisionForm({ setup, review, number, next, redraw, decided }) {
  let typed = before(review.item);
  /** @type {import('../lib.js').Reason[]} */
  let problems = [];
  let busy = false;
  let leaving = false;
  const checks = checkList({ review, number, redraw });
  let seen = JSON.stringify(typed);
  const changed = () => JSON.stringify(typed) !== seen;

  /** Begin from what is there. */
  function begin() {
    typed = before(review.item);
    seen = JSON.stringify(typed);
  }

  guardLeaving(() => !leaving && mayDecide(setup, review.item) && (changed() || checks.unsaved()));

  const costed = () => review.item.costing?.amount ?? null;

  function check() {
    const { item } = review;
    const accepts = typed.decision.startsWith('accepted');
    const withChanges = typed.decision === 'accepted_with_changes';
    return [
      ...(accepts ? CHECKS.filter((name) => countedCheck(item, name) === null).map((name) => ownReason(`officer_check_${name}`, `checks.${name}`)) : []),
      ...(typed.decision ? [] : [ownReason('officer_decision_missing', 'decision')]),
      ...(accepts && CHECKS.some((name) => countedCheck(item, name)?.passes === false) ? [ownReason('checks_not_met', 'decision')] : []),
      ...(withChanges && costed() === null && !pence(typed.cost) ? [ownReason(typed.cost.trim() ? 'officer_bad_amount' : 'officer_cost_missing', 'cost')] : []),
      ...(typed.reason.trim() ? [] : [ownReason('officer_reason_missing', 'reason')]),
    ];
  }

  /** @param {boolean} on to the next one */
  async function save(on) {
    if (busy) return;
    busy = true;
    redraw();
    await checks.finish();
    problems = review.conflict ? [] : check();
    const saved = !review.conflict && problems.length === 0 && await send(on);
    busy = false;
    if (saved) {
      decided(on);
      return;
    }
    redraw();
    if (problems.length > 0) focusSummary(review.item.title);
    else focusOn('conflict');
  }

  /** True when it is saved. @param {boolean} on */
  async function send(on) {
    const given = { ...typed };
    const changes = given.decision === CHANGES;
    const cost = given.decision === 'accepted_with_changes' && costed() === null ? pence(given.cost) : null;
    const wrong = await review.save('POST', changes ? `review/${number}/changes` : `proposals/${number}/decision`,
      changes ? { reason: given.reason } : { decision: given.decision, reason: given.reason, checks: null, cost },
      { mine: [{ what: t('officer.decision.label'), text: t(`officer.decision.${given.decision}`) }, ...(cost === null ? [] : [{ what: t('officer.decision.cost'), text: money(cost) }]), { what: t('officer.decision.reason'), text: given.reason }],
        again: () => { save(on); }, drop: () => { begin(); problems = []; } });
    if (wrong !== null) {
      problems = wrong;
      return false;
    }
    remember(setup.slug, { decision: given.decision, reason: given.reason });
    begin();
    leaving = on;
    return true;
  }

  const costField = () => (costed() === null ? textField({ name: 'cost', label: t('officer.decision.cost'), hint: t('officer.decision.cost_hint', { cost: money(review.item.asked.amount) }),
    money: true, width: 'middle', value: typed.cost, error: reasonFor(problems, 'cost'), input: (value) => { typed.cost = value; } })
    : html`<p>${t('officer.decision.follows', { amount: money(/** @type {number} */ (costed())) })}</p>`);

  function earlier() {
    const others = remembered(setup.slug).filter((one) => one.decision === typed.decision && one.reason !== typed.reason).slice(0, 3);
    return others.length === 0 ? nothing : html`<details class="more"><summary>${t('officer.decision.earlier')}</summary><ul class="earlier">${others.map((one) => html`<li><button class="link-like" type="button"
      @click=${() => { typed.reason = one.reason; redraw(); document.getElementById('f-reason')?.focus(); }}>${one.reason}</button></li>`)}</ul></details>`;
  }

  const fields = () => html`${checks.draw(problems)}
    ${radioField({ name: 'decision', label: t('officer.decision.label'), value: typed.decision, error: reasonFor(problems, 'decision') ?? reasonFor(problems, 'checks'),
      options: [...DECISIONS.slice(0, 2), ...(review.item.may_ask_changes ? [CHANGES] : []), DECISIONS[2]].map((one) => ({ value: one, text: t(`officer.decision.${one}`), hint: one === CHANGES ? t('officer.decision.changes_hint') : undefined })),
      change: (value) => { typed.decision = value; redraw(); } })}
    ${typed.decision === 'accepted_with_changes' ? costField() : nothing}
    ${areaField({ name: 'reason', label: t(typed.decision === CHANGES ? 'officer.decision.wanted' : 'officer.decision.reason'), hint: t(typed.decision === CHANGES ? 'officer.decision.wanted_hint' : 'officer.decision.reason_hint'), rows: 4, max: LONGEST_REASON, value: typed.reason,
      error: reasonFor(problems, 'reason'), input: (value) => { typed.reason = value; redraw(); } })}${earlier()}`;

  const readOnly = () => html`<dl class="facts">${CHECKS.map((name) => html`<dt>${t(`officer.check.${name}`)}</dt><dd>${review.item.checks[name] === null ? '–' : t(review.item.checks[name] ? 'officer.vote.yes' : 'officer.vote.no')}</dd>`)}
    <dt>${t('officer.decision.reason_given')}</dt><dd class="lines-kept">${review.item.status_reason || '–'}</dd></dl>`;

  function whyNot() {
    const { status } = review.item;
    if (['withdrawn', 'merged', 'split'].includes(status)) return t(`officer.decision.${status}`);
    return t(OPEN_PHASES.has(setup.phase) && REVIEWED.has(status) ? 'officer.decision.not_officer' : 'officer.decision.frozen');
  }

  /** @param {KeyboardEvent} event */
  function keys(event) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    save(next() !== null);
  }

  return {
    get problems() { return problems; },
    /** What stands typed is what is there, unless something was typed. */
    renew() { if (!changed()) begin(); },
    summary: () => errorSummary(problems),
    draw: () => html`<section class="sheet" id="decide" tabindex="-1" aria-labelledby="decide-title"><h2 id="decide-title">${t('officer.decision.title')}</h2>
      ${review.item.decided ? html`<p class="quiet">${t('officer.decision.decided', { when: when(review.item.decided) })}</p>` : nothing}
      ${mayDecide(setup, review.item) ? html`${review.conflictBox()}<form novalidate @keydown=${keys} @submit=${(/** @type {SubmitEvent} */ event) => { event.preventDefault(); save(next() !== null); }}>${fields()}
        <p class="row">${next() === null ? html`<button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.decision.save')}</button>`
          : html`<button class="button" aria-disabled=${busy ? 'true' : nothing}>${t('officer.decision.save_next')}</button>
            <button class="button quiet" type="button" aria-disabled=${busy ? 'true' : nothing} @click=${() => { save(false); }}>${t('officer.decision.save')}</button>`}</p>
        <p class="hint">${t('officer.decision.keys')}</p></form>` : html`${notice('info', html`<p>${whyNot()}</p>`)}${readOnly()}`}</section>`,
  };
}
