// Set-up: the ballot, the rule that counts it, and what decides a tie.
import { announce, checkField, html, icon, knows, nothing, pence, money, radioField, reasonText, selectField, t, textField } from '../lib.js';
import { ownReason } from './desk.js';
import { pollOf, setupPage, titleOfPoll } from './setup-form.js';

/**
 * @typedef {{name: string, kind: 'choice' | 'switch' | 'number' | 'money' | 'fraction', choices: string[] | null, least: number | null,
 *   default: string | number | boolean | null}} Parameter without a default a value must be given
 */
/** @typedef {{id: string, title: string, sentence: string, parameters: Parameter[]}} Rule */
/** @typedef {Record<string, string | boolean>} Chosen what stands in the controls of a rule's parameters */
/**
 * @typedef {{kind: string, min_choices: string, max_choices: string, total_points: string, max_points: string, every: boolean,
 *   rule: string, parameters: Chosen, ties: string[], last: string}} Vote `last` decides what the `ties` leave equal
 */

const KINDS = ['knapsack', 'approval', 'ranking', 'points', 'score'];
const TIES = ['cheapest', 'most-votes'];
const BALLOT_ORDER = 'ballot-order';
/** No tie rule of the API: an order without ballot order leaves the last word to public dice. */
const DICE = 'dice';
const NONE = 'none';
/** Parameters that only matter while another has certain values. @type {Record<string, (chosen: Chosen) => boolean>} */
const MATTERS = {
  step: (chosen) => chosen.completion !== 'none',
  stop_when_exhaustive: (chosen) => chosen.completion !== 'none',
  max_steps: (chosen) => chosen.completion !== 'none',
};
const hasPoints = (/** @type {string} */ kind) => kind === 'points' || kind === 'score';

/** The rules that this vote may be counted by. @param {any} setup @returns {Rule[]} */
const rulesFor = (setup) => setup.rules.filter((/** @type {Rule} */ rule) => pollOf(setup).rules.includes(rule.id));

/** @param {any} setup @param {string} id @returns {Rule | undefined} */
const ruleOf = (setup, id) => setup.rules.find((/** @type {Rule} */ rule) => rule.id === id);

/** @param {Parameter} parameter @param {unknown} value */
function asTyped(parameter, value) {
  if (value === null) return '';
  if (parameter.kind === 'switch') return value === true;
  return parameter.kind === 'money' ? inPounds(Number(value)) : String(value);
}

/** What is typed for a parameter, as the API takes it; null where it is no such value. @param {Parameter} parameter @param {string | boolean} typed */
function asSent(parameter, typed) {
  if (typeof typed === 'boolean') return typed;
  if (parameter.kind === 'money') return pence(typed) || null;
  if (parameter.kind === 'fraction') return fraction(typed);
  if (parameter.kind !== 'number') return typed;
  const number = whole(typed);
  return number === null || number < (parameter.least ?? 0) ? null : number;
}

/** @param {string} typed `1/3`, `0.5`, or nothing */
function fraction(typed) {
  const plain = typed.trim().toLowerCase() || NONE;
  return plain === NONE || /^\d{1,9}(\/[1-9]\d{0,8}|\.\d{1,9})?$/.test(plain) ? plain : null;
}

/** Why what is typed for a parameter cannot be sent. @param {Parameter} parameter */
function parameterProblem({ kind, name, least }) {
  const code = kind === 'money' ? 'officer_bad_amount' : kind === 'fraction' ? 'officer_bad_fraction' : least === 0 ? 'officer_whole_or_zero' : 'officer_whole_number';
  return ownReason(code, `parameter.${name}`);
}

/** The controls of a rule, from what was chosen and the defaults. @param {Rule | undefined} rule @param {Record<string, unknown>} given @returns {Chosen} */
const chosenOf = (rule, given) => Object.fromEntries((rule?.parameters ?? []).map((one) => [one.name, asTyped(one, given[one.name] ?? one.default)]));

/** @param {string} key @param {string} fallback */
const text = (key, fallback) => (knows(key) ? t(key) : fallback);
const keyOf = (/** @type {string} */ id) => id.replaceAll('-', '_');
/** @param {Rule} rule */
const ruleTitle = (rule) => text(`officer.rule.${keyOf(rule.id)}`, rule.title);
/** The order as it applies. @param {Vote} values */
const wholeOrder = ({ ties, last }) => [...ties, last];
/** @param {string} tie */
const tieTitle = (tie) => t(`officer.tie.${keyOf(tie)}`);
/** @param {Parameter} parameter */
const parameterTitle = (parameter) => text(`officer.parameter.${parameter.name}`, parameter.name.replaceAll('_', ' '));
/** @param {string} name @param {string} choice */
const choiceTitle = (name, choice) => text(`officer.parameter.${name}.${keyOf(choice)}`, choice);

/** @param {string} typed */
const whole = (typed) => (/^\d{1,7}$/.test(typed.trim()) ? Number(typed.trim()) : null);
/** @param {number} amount pence */
const inPounds = (amount) => (amount % 100 === 0 ? String(amount / 100) : (amount / 100).toFixed(2));
/** The parameters that matter. @param {Vote} values @param {any} setup */
const mattering = (values, setup) => (ruleOf(setup, values.rule)?.parameters ?? []).filter((one) => MATTERS[one.name]?.(values.parameters) ?? true);

/** @param {Vote} values @param {any} setup */
function check(values, setup) {
  const reasons = [];
  const least = whole(values.min_choices);
  const most = whole(values.max_choices);
  if (!least) reasons.push(ownReason('officer_whole_number', 'min_choices'));
  if (values.max_choices.trim() && !most) reasons.push(ownReason('officer_whole_number', 'max_choices'));
  if (least && most && most < least) reasons.push(ownReason('max_choices_too_small', 'max_choices'));
  if (values.kind === 'points' && !whole(values.total_points)) reasons.push(ownReason('officer_whole_number', 'total_points'));
  if (hasPoints(values.kind) && !whole(values.max_points)) reasons.push(ownReason('officer_whole_number', 'max_points'));
  const wrong = mattering(values, setup).filter((one) => asSent(one, values.parameters[one.name]) === null);
  return [...reasons, ...wrong.map(parameterProblem)];
}

/** What is wrong with a parameter that does not matter now is nobody's business: its default is sent. @param {Vote} values @param {any} setup */
const parametersBody = (values, setup) => Object.fromEntries((ruleOf(setup, values.rule)?.parameters ?? []).map((one) =>
  [one.name, asSent(one, values.parameters[one.name]) ?? one.default]));

/** @param {Vote} values @param {any} setup */
const body = (values, setup) => ({
  poll: pollOf(setup).position,
  design: {
    kind: values.kind, min_choices: whole(values.min_choices), max_choices: values.max_choices.trim() ? whole(values.max_choices) : null,
    total_points: values.kind === 'points' ? whole(values.total_points) : null, max_points: hasPoints(values.kind) ? whole(values.max_points) : null,
    ...(values.kind === 'score' && values.every ? { every: true } : {}),
  },
  rule: { id: values.rule, parameters: parametersBody(values, setup) },
  ties: values.last === DICE ? values.ties : wholeOrder(values),
});

/** @typedef {import('./setup-form.js').Form<Vote>} VoteForm */

/** @param {VoteForm} form */
function designFields(form) {
  const { values } = form;
  const error = form.error('design');
  const limit = (/** @type {'min_choices' | 'max_choices' | 'total_points' | 'max_points'} */ name, optional = false) => textField({
    name, label: t(`officer.vote.${name}`), hint: optional ? t(`officer.vote.${name}_hint`) : undefined, optional, mode: 'numeric', width: 'short', value: values[name],
    error: form.error(name), input: (value) => form.set({ [name]: value }) });
  return html`${radioField({ name: 'design', label: t('officer.vote.design'), hint: t('officer.vote.design_hint'), value: values.kind, error,
    options: KINDS.map((kind) => ({ value: kind, text: html`<b>${t(`officer.design.${kind}`)}</b>`, hint: t(`officer.design.${kind}.hint`) })), change: (kind) => changeKind(form, kind) })}
    <div class="indent">${limit('min_choices')}${limit('max_choices', true)}
      ${values.kind === 'points' ? limit('total_points') : nothing}${hasPoints(values.kind) ? limit('max_points') : nothing}
      ${values.kind === 'score' ? checkField({ name: 'every', label: t('officer.vote.every'), hint: t('officer.vote.every_hint'), checked: values.every, change: (every) => form.set({ every }) }) : nothing}</div>`;
}

/** What a parameter can be with this ballot: points and places need a ballot that has them. @param {Parameter} parameter @param {string} kind */
const choicesOf = (parameter, kind) => (parameter.choices ?? []).filter((choice) => parameter.name !== 'utility'
  || (choice === 'points' || choice === 'mean' ? hasPoints(kind) : choice === 'borda' ? kind === 'ranking' : true));

/** Another kind of ballot, with a way to count that it allows. @param {VoteForm} form @param {string} kind */
function changeKind(form, kind) {
  const parameters = { ...form.values.parameters };
  for (const parameter of ruleOf(form.setup, form.values.rule)?.parameters ?? []) {
    if (parameter.choices && !choicesOf(parameter, kind).includes(String(parameters[parameter.name]))) parameters[parameter.name] = String(parameter.default);
  }
  form.set({ kind, parameters });
}

/** @param {VoteForm} form @param {Parameter} parameter */
function parameterField(form, parameter) {
  const { values } = form;
  const { name } = parameter;
  const value = values.parameters[name];
  if (MATTERS[name] && !MATTERS[name](values.parameters)) return nothing;
  const change = (/** @type {string | boolean} */ to) => form.set({ parameters: { ...values.parameters, [name]: to } });
  const hint = `officer.parameter.${name}.hint`;
  const field = { name: `parameter.${name}`, label: parameterTitle(parameter), hint: knows(hint) ? t(hint) : undefined, error: form.error(`parameter.${name}`) };
  if (typeof value === 'boolean') return checkField({ ...field, checked: value, change });
  if (parameter.choices) return selectField({ ...field, value, options: choicesOf(parameter, values.kind).map((choice) => ({ value: choice, text: choiceTitle(name, choice) })), change });
  const mode = parameter.kind === 'money' ? 'decimal' : parameter.kind === 'number' ? 'numeric' : undefined;
  return textField({ ...field, value, money: parameter.kind === 'money', mode, width: 'short', input: change });
}

/** @param {VoteForm} form */
function ruleFields(form) {
  const rule = ruleOf(form.setup, form.values.rule);
  return html`${radioField({ name: 'rule', label: t('officer.vote.rule'), hint: t('officer.vote.rule_hint'), value: form.values.rule, error: form.error('rule'),
    options: rulesFor(form.setup).map((one) => ({ value: one.id, text: html`<b>${ruleTitle(one)}</b>`, hint: text(`officer.rule.${keyOf(one.id)}.hint`, one.sentence) })),
    change: (id) => form.set({ rule: id, parameters: chosenOf(ruleOf(form.setup, id), {}) }) })}
    ${rule?.parameters.length ? html`<div class="indent">${rule.parameters.map((parameter) => parameterField(form, parameter))}</div>` : nothing}`;
}

/** @param {VoteForm} form */
function tieFields(form) {
  const { ties: used, last } = form.values;
  const error = form.error('ties');
  const unused = TIES.filter((tie) => !used.includes(tie));
  const put = (/** @type {string[]} */ order, /** @type {string} */ said) => {
    form.set({ ties: order });
    announce(said);
  };
  const move = (/** @type {number} */ from, /** @type {number} */ by) => {
    const order = [...used];
    order.splice(from + by, 0, ...order.splice(from, 1));
    put(order, t('officer.vote.tie_moved', { tie: tieTitle(used[from]), place: from + by + 1 }));
  };
  const act = (/** @type {string} */ name, /** @type {string} */ key, /** @type {string} */ tie, /** @type {() => void} */ click) =>
    html`<button class="plain" type="button" @click=${click}>${icon(name)}<span class="vh">${t(key, { tie: tieTitle(tie) })}</span></button>`;
  return html`<fieldset class="field ${error ? 'wrong' : ''}" id="f-ties" tabindex="-1"><legend class="h2">${t('officer.vote.ties')}</legend>
    <p class="hint">${t('officer.vote.ties_hint')}</p>${error ? html`<p class="error">${reasonText(error)}</p>` : nothing}
    <ol class="lines ties">${wholeOrder(form.values).map((tie, at) => html`<li><b class="rank">${at + 1}</b><span class="name">${tieTitle(tie)}</span>
      ${tie === last ? nothing : html`<span class="move">
        ${at > 0 ? act('arrow-up', 'officer.vote.tie_up', tie, () => move(at, -1)) : nothing}
        ${at < used.length - 1 ? act('arrow-down', 'officer.vote.tie_down', tie, () => move(at, 1)) : nothing}
        ${act('close', 'officer.vote.tie_out', tie, () => put(used.filter((one) => one !== tie), t('officer.vote.tie_gone', { tie: tieTitle(tie) })))}</span>`}
    </li>`)}</ol>
    ${unused.map((tie) => html`<button class="link" type="button" @click=${() => put([...used, tie], t('officer.vote.tie_added', { tie: tieTitle(tie) }))}>${t('officer.vote.tie_add', { tie: tieTitle(tie) })}</button>`)}</fieldset>
    ${radioField({ name: 'last', label: t('officer.vote.last'), hint: t('officer.vote.last_hint'), value: last, change: (to) => form.set({ last: to }),
      options: [BALLOT_ORDER, DICE].map((tie) => ({ value: tie, text: tieTitle(tie), hint: t(`officer.vote.last_${keyOf(tie)}`) })) })}`;
}

/** @param {Vote} values @param {any} setup */
function facts(values, setup) {
  const rule = ruleOf(setup, values.rule);
  const shown = (/** @type {Parameter} */ parameter) => {
    const value = values.parameters[parameter.name];
    if (typeof value === 'boolean') return t(value ? 'officer.vote.yes' : 'officer.vote.no');
    if (parameter.kind === 'money') return money(pence(value) ?? 0);
    return parameter.kind === 'number' ? value : choiceTitle(parameter.name, value);
  };
  const fact = (/** @type {string} */ name, /** @type {string} */ value) => ({ name, label: t(`officer.vote.${name}`), text: value });
  return [
    fact('kind', t(`officer.design.${values.kind}`)),
    fact('min_choices', values.min_choices), fact('max_choices', values.max_choices || t('officer.vote.no_limit')),
    ...(values.total_points ? [fact('total_points', values.total_points)] : []), ...(values.max_points ? [fact('max_points', values.max_points)] : []),
    ...(values.kind === 'score' ? [fact('every', t(values.every ? 'officer.vote.yes' : 'officer.vote.no'))] : []),
    { ...fact('rule', [rule ? ruleTitle(rule) : values.rule, ...mattering(values, setup).map((one) => `${parameterTitle(one)}: ${shown(one)}`)].join('\n')), names: ['rule', 'parameters'] },
    { ...fact('ties', wholeOrder(values).map((tie, at) => `${at + 1}. ${tieTitle(tie)}`).join('\n')), names: ['ties', 'last'] },
  ];
}

setupPage(/** @type {import('./setup-form.js').Part<Vote>} */ ({
  part: 'vote',
  title: (setup) => titleOfPoll('vote', setup),
  read: (setup) => {
    const { design, rule, ties } = pollOf(setup);
    const typed = (/** @type {number | null} */ n) => (n === null ? '' : String(n));
    return {
      kind: design.kind, min_choices: typed(design.min_choices), max_choices: typed(design.max_choices), total_points: typed(design.total_points), max_points: typed(design.max_points), every: design.every === true,
      rule: rule.id, parameters: chosenOf(ruleOf(setup, rule.id), rule.parameters), 
      ties: ties.filter((/** @type {string} */ tie) => tie !== BALLOT_ORDER), last: ties.includes(BALLOT_ORDER) ? BALLOT_ORDER : DICE,
    };
  },
  check, body, facts,
  fields: (form) => html`${designFields(form)}${ruleFields(form)}${tieFields(form)}`,
}));
