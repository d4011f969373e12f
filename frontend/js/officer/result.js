// A provisional result, for the officers who check it before it is published.
import { conditions, costOf, leftovers, otherWays, paidBy, reserveList, worthName, worthOf } from '../public/facts.js';
import { bar, figure, html, knows, money, nothing, number, percent, reasonText, ruler, swatch, t, tag } from '../lib.js';

/** @param {any} result @param {number} n */
const titleOf = (result, n) => result.projects.find((/** @type {{number: number}} */ project) => project.number === n)?.title ?? String(n);

/** @param {any} result */
function inOrder(result) {
  const place = (/** @type {any} */ project) => project.step ?? Number.MAX_SAFE_INTEGER;
  return [...result.projects].sort((one, other) => place(one) - place(other) || other.votes - one.votes || one.number - other.number);
}

/** @param {any} project @param {number} most @param {(project: any) => number} worth */
const row = (project, most, worth) => html`<tr><td class="number">${project.number}</td><th scope="row">${swatch(project.theme)} ${project.title}
  <details class="more why"><summary>${t('officer.result.why')}<span class="vh">: ${project.title}</span></summary>${[project.why, ...project.also].map((why) => html`<p>${reasonText(why)}</p>`)}${paidBy(project)}</details></th>
  <td class="num">${costOf(project)}</td><td class="votes small-hide">${bar(worth(project), most, project.funded ? 'ok' : '')}</td><td class="num"><span class="only-small">${t('officer.result.votes')} </span>${number(worth(project))}</td>
  <td>${tag(project.becomes, becomes(project))}</td></tr>`;

/** What becomes of a project, in words. @param {any} project */
function becomes(project) {
  if (project.becomes === 'placed') return t('votes.place', { place: project.step });
  if (project.becomes === 'not_shortlisted') return t('votes.not_shortlisted');
  return project.becomes === 'funded' || project.becomes === 'not_funded' ? t(`officer.result.${project.becomes}`) : t(`status.${project.becomes}`);
}

/** @param {any} result */
function ties(result) {
  if (result.ties.length === 0) return html`<p>${t('officer.result.no_ties')}</p>`;
  return html`<ul>${result.ties.map((/** @type {{step: number, tied: number[], winner: number, broken_by: string}} */ tie) => html`<li>${t('officer.result.tie', {
    step: tie.step, tied: tie.tied.map((n) => titleOf(result, n)).join(', '), winner: titleOf(result, tie.winner), by: t(`officer.tie.${tie.broken_by.split(':')[0].replaceAll('-', '_')}`),
  })}</li>`)}</ul>`;
}

/** @param {any} result @param {any} setup */
export function resultPreview(result, setup) {
  const projects = inOrder(result);
  const winners = projects.filter((project) => project.funded);
  const worth = worthOf(result);
  const most = Math.max(1, ...projects.map(worth));
  const paid = result.decides_money;
  const rule = result.rule.id.replaceAll('-', '_');
  return html`<p class="quiet">${t(result.provisional && setup.phase === 'counting' ? 'officer.result.provisional' : 'officer.result.official')}</p>
    <h3>${paid ? t('officer.result.headline', { count: winners.length, all: projects.length }) : t(result.rule.id === 'top' ? 'votes.chosen' : 'votes.ordered', { count: winners.length })}</h3>
    ${paid ? html`<p>${t('officer.result.money', { cost: money(result.cost), budget: money(result.budget), left: money(result.budget - result.cost) })}</p>
    ${ruler({ blocks: winners.map((project) => ({ cost: project.awarded, theme: project.theme, title: `${project.title}, ${money(project.awarded)}` })), budget: result.budget, scale: true,
      label: t('officer.result.money', { cost: money(result.cost), budget: money(result.budget), left: money(result.budget - result.cost) }) })}
` : nothing}
    <dl class="figures">${figure(t('officer.result.ballots'), result.ballots, t('officer.result.of_electors', { electors: result.electors, share: result.electors ? percent(result.ballots / result.electors) : '–' }))}
      ${figure(t('officer.result.blank'), result.blank)}${figure(t(paid ? 'officer.result.happy' : 'votes.with_chosen'), result.ballots ? percent(result.voters_with_a_funded_project / result.ballots) : '–')}
      ${paid ? figure(t('officer.result.unspent'), money(result.budget - result.cost)) : nothing}</dl>
    <table class="stack desk result"><caption class="vh">${t('officer.result.table')}</caption><thead><tr><th scope="col">${t('officer.queue.number')}</th><th scope="col">${t('officer.queue.proposal')}</th>
      <th scope="col" class="num">${t('officer.queue.cost')}</th><th scope="col" colspan="2">${worthName(result)}</th><th scope="col">${t('officer.result.outcome')}</th></tr></thead><tbody>${projects.map((project) => row(project, most, worth))}</tbody></table>
    <h3>${t('officer.result.rule')}</h3><p>${t('officer.result.rule_is', { rule: t(`officer.rule.${rule}`), hint: t(`officer.rule.${rule}.hint`) })}</p>
    <dl class="facts wide small">${Object.entries(result.rule.parameters).map(([name, value]) => html`<dt>${parameterTitle(name)}</dt><dd>${parameterValue(name, value)}</dd>`)}</dl>
    ${result.stop ? html`<p>${t('officer.result.stop')} ${reasonText(result.stop)}</p>` : nothing}
    ${result.comparison ? html`<p>${reasonText(result.comparison)}</p>` : nothing}${conditions(result)}${reserveList(result)}${leftovers(result)}${otherWays(result)}
    <h3>${t('officer.result.ties')}</h3>${ties(result)}`;
}

/** @param {string} name */
const parameterTitle = (name) => t(`officer.parameter.${name}`);

/** @param {string} name @param {unknown} value */
function parameterValue(name, value) {
  if (typeof value === 'boolean') return t(value ? 'officer.vote.yes' : 'officer.vote.no');
  if (name === 'step') return money(Number(value));
  if (name === 'ties') return String(value).split(',').map((tie) => t(`officer.tie.${tie.split(':')[0].replaceAll('-', '_')}`)).join(', ');
  if (typeof value === 'number') return number(value);
  const key = `officer.parameter.${name}.${String(value).replaceAll('-', '_')}`;
  return knows(key) ? t(key) : String(value);
}
