// What the ballot design makes of some choices: how much is left, what is wrong, what the ruler shows.
import { money, t } from '../lib.js';

/**
 * @typedef {{number: number, title: string, summary: string, description: string, category: string, category_name: string, theme: import('../lib.js').Theme,
 *   cost: number, place: string, proposer: string, running_costs: string, check: string}} Project
 * @typedef {{kind: 'approval' | 'knapsack' | 'ranking' | 'points' | 'score', min_choices: number, max_choices: number | null,
 *   total_points: number | null, max_points: number | null, every?: boolean}} Design
 * @typedef {{round: {slug: string, title: string, phase: string}, forum: {slug: string, name: string, kind: string}, poll_id: string, design: Design, vote: {position: number, of: number, title: string}, advisory: boolean,
 *   budget: number, currency: string, eligibility: string, email_link: boolean, voting_open: import('../lib.js').Instant, voting_close: import('../lib.js').Instant,
 *   results: import('../lib.js').Instant | null, contact: {email: string, phone: string}, projects: Project[]}} Paper
 */

/** Does a vote of this kind give numbers of points? @param {Design} design */
export const withPoints = (design) => design.kind === 'points' || design.kind === 'score';

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

/** The rule in one sentence. @param {Paper} paper */
export function ruleSentence({ design, budget }) {
  const least = design.min_choices > 1 ? ` ${t('rule.least', { count: design.min_choices })}` : '';
  const most = design.max_choices;
  if (design.kind === 'approval' && most === design.min_choices) return t('rule.exactly', { count: most });
  if (design.kind === 'knapsack') return t('rule.knapsack', { budget }) + least + (most ? ` ${t('rule.most', { count: most })}` : '');
  if (design.kind === 'points') return t('rule.points', { total: design.total_points, most: design.max_points }) + least;
  if (design.kind === 'score') return t(design.every ? 'rule.score_every' : 'rule.score', { most: design.max_points }) + least;
  if (design.kind === 'ranking') return (most ? t('rule.ranking', { count: most }) : t('rule.ranking_all')) + least;
  return (most ? t('rule.approval', { count: most }) : t('rule.approval_any')) + least;
}

/**
 * @param {Paper} paper @param {number[]} choices @param {number[] | null} points
 * @returns {{left: string, of: string, over: boolean, ruler: import('../lib.js').RulerOptions | null, cost: number, problems: import('../lib.js').Reason[]}}
 *   `left` is the amount to show large; `problems` what would make the server refuse the ballot
 */
export function standing(paper, choices, points) {
  const { design, budget } = paper;
  const chosen = projectsOf(paper, choices);
  const cost = sum(chosen.map((project) => project.cost));
  const blocks = chosen.map((project) => ({ cost: project.cost, theme: project.theme, title: `${project.title}, ${money(project.cost)}` }));
  const one = blocks.map((block) => ({ ...block, cost: 1 }));
  const without = design.every && choices.length > 0 ? paper.projects.length - choices.length : 0;
  const problems = without > 0 ? [problem('points_missing', { count: without })] : lengthProblems(design, choices.length);
  if (design.kind === 'knapsack') {
    const over = cost > budget;
    if (over) problems.unshift(problem('ballot_over_budget', { cost, budget, over: cost - budget }));
    return {
      left: t(over ? 'standing.over' : 'standing.left', { amount: Math.abs(budget - cost) }), of: t('standing.of', { budget }),
      over, cost, problems, ruler: { blocks, budget },
    };
  }
  if (design.kind === 'points') {
    const total = design.total_points ?? 0;
    const given = sum(points ?? []);
    const over = given > total;
    if (over) problems.unshift(problem('too_many_points', { points: given, most: total }));
    const each = blocks.map((block, index) => ({ ...block, cost: points?.[index] ?? 0 }));
    return {
      left: t(over ? 'standing.points_over' : 'standing.points_left', { count: Math.abs(total - given) }), of: t('standing.points_of', { count: total }),
      over, cost, problems, ruler: { blocks: each, budget: total, slots: total <= 30, label: t('standing.points_label', { given, total }) },
    };
  }
  const most = design.max_choices;
  if (most === null) return { left: t('choices', { count: choices.length }), of: '', over: false, cost, problems, ruler: null };
  const over = choices.length > most;
  return {
    left: t(over ? 'standing.votes_over' : 'standing.votes_left', { count: Math.abs(most - choices.length) }), of: t('standing.votes_of', { count: most }),
    over, cost, problems, ruler: { blocks: one, budget: most, slots: true, label: t('standing.votes_label', { given: choices.length, total: most }) },
  };
}

/** @param {Paper} paper @param {number[]} choices @returns {Project[]} in the order of the choices */
export const projectsOf = (paper, choices) =>
  choices.flatMap((number) => paper.projects.find((project) => project.number === number) ?? []);

/** @param {Design} design @param {number} length */
function lengthProblems(design, length) {
  if (length > 0 && length < design.min_choices) return [problem('too_few_choices', { least: design.min_choices, chosen: length })];
  if (design.max_choices !== null && length > design.max_choices) {
    return [problem('too_many_choices', { most: design.max_choices, chosen: length })];
  }
  return [];
}

/** @param {string} code @param {Record<string, number>} params @returns {import('../lib.js').Reason} */
const problem = (code, params) => ({ code, params, detail: '', field: 'choices' });

/** A new list with a choice added (last) or taken away. @param {number[]} choices @param {number[] | null} points @param {number} number @param {number} given */
export function changed(choices, points, number, given) {
  const at = choices.indexOf(number);
  if (given === 0) {
    return { choices: choices.filter((n) => n !== number), points: points && points.filter((_, index) => index !== at) };
  }
  if (at === -1) return { choices: [...choices, number], points: points && [...points, given] };
  return { choices, points: points && points.map((old, index) => (index === at ? given : old)) };
}

/** The list with one choice moved up (-1) or down (1). @param {number[]} choices @param {number} number @param {-1 | 1} by */
export function moved(choices, number, by) {
  const at = choices.indexOf(number);
  const to = at + by;
  if (at === -1 || to < 0 || to >= choices.length) return choices;
  const list = [...choices];
  [list[at], list[to]] = [list[to], list[at]];
  return list;
}

/** A shuffled copy: the same seed gives the same order (mulberry32 and Fisher-Yates). @template T @param {T[]} items @param {number} seed @returns {T[]} */
export function shuffled(items, seed) {
  const list = [...items];
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  for (let last = list.length - 1; last > 0; last -= 1) {
    const pick = Math.floor(random() * (last + 1));
    [list[last], list[pick]] = [list[pick], list[last]];
  }
  return list;
}
