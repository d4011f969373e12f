// The count, told step by step; the officers' preview tells it in the same words.
import { html, knows, money, nothing, number, reasonText, ruler, t, tx, wholePence } from '../lib.js';

/** The rule in a sentence. @param {any} result */
export function howItWorks(result) {
  if (result.rule.id === 'equal-shares') return t(result.start_share ? 'rule.equal_shares' : 'rule.equal_shares_short', { share: money(wholePence(result.start_share ?? 0)) });
  if (!result.decides_money) return t(`votes.rule_${result.rule.id}`);
  const stops = result.rule.parameters.skip === false && result.rule.id.startsWith('greedy');
  const key = `rule.${result.rule.id.replaceAll('-', '_')}${stops ? '_stops' : ''}`;
  return knows(key) ? t(key) : nothing;
}

/** One step at a time, with the ruler filling. @param {any} result @param {number} step counted from 1 @param {(step: number) => void} go */
export function stepThrough(result, step, go) {
  const steps = result.steps;
  const now = steps[step - 1];
  const project = (/** @type {number} */ n) => result.projects.find((/** @type {any} */ one) => one.number === n);
  const blocks = steps.slice(0, step).map((/** @type {any} */ one) => ({ cost: one.cost, theme: project(one.number).theme, title: project(one.number).title }));
  return html`<section class="sheet" aria-label=${t('results.step_label')}>
    <div class="row walk"><button class="button quiet" aria-disabled=${step === 1 ? 'true' : 'false'} @click=${() => { if (step > 1) go(step - 1); }}>${t('pager.previous')}</button>
      <b>${t('results.step', { step, steps: steps.length })}</b>
      <button class="button" aria-disabled=${step === steps.length ? 'true' : 'false'} @click=${() => { if (step < steps.length) go(step + 1); }}>${t('pager.next')}</button></div>
    <div aria-live="polite"><p>${sentence(now, project(now.number))} ${t('results.used', { spent: now.spent })}</p></div>
    ${ruler({ blocks, budget: result.budget, tall: true })}
    <p class="hint small">${behind(now, project)}</p>
    ${step === steps.length && result.stop ? html`<p class="hint small">${t('results.stopped')} ${reasonText(result.stop)}</p>` : nothing}
  </section>`;
}

/** Why this one came in this step. @param {any} step @param {(n: number) => any} project */
function behind(step, project) {
  if (step.phase === 'completion') return t('results.completion');
  if (step.phase === 'greedy') return t('results.greedy');
  if (step.phase !== 'equal-shares' || !step.effective_votes) return reasonText(step.why);
  const rivals = step.rivals.map((/** @type {any} */ one) => t('results.rival', { title: project(one.number).title, votes: approximately(one.effective_votes) }));
  return html`${t('results.effective', { votes: approximately(step.effective_votes) })} ${rivals.length ? t('results.rivals', { rivals: rivals.join(', ') }) : nothing}`;
}

/** @param {any} step @param {any} project */
function sentence(step, project) {
  const title = html`<b>${project.title}</b>`;
  if (step.cost < project.cost) return tx('results.step_part', { count: step.votes, title, cost: step.cost });
  if (step.phase === 'equal-shares' && step.payment_pence !== null) {
    return tx('results.step_shared', { count: step.votes, title, cost: step.cost, payment: html`<b>${money(step.payment_pence)}</b>` });
  }
  return tx('results.step_next', { count: step.votes, title, cost: step.cost });
}

/** An exact fraction to one decimal. @param {string} text */
function approximately(text) {
  const [above, below = '1'] = text.split('/');
  return number(Math.round((Number(above) / Number(below)) * 10) / 10);
}
