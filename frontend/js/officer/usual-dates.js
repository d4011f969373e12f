// Dates from the lengths of phases that are usual, and how dates are drawn.
import { html, knows, svg, t } from '../lib.js';

/** @typedef {{phase: string, days: number}} UsualPhase */
/** @typedef {'proposals_open' | 'proposals_close' | 'voting_open' | 'voting_close' | 'second_voting_open' | 'second_voting_close' | 'results'} Name */
/** @typedef {Record<Name, string>} Dates local times as a datetime-local input takes them; empty where none is set */

/** @type {Name[]} */
export const NAMES = ['proposals_open', 'proposals_close', 'voting_open', 'voting_close', 'second_voting_open', 'second_voting_close', 'results'];
const DAY = 24 * 60 * 60 * 1000;

/** A local time as a datetime-local input takes it, without any time zone. @param {Date} at */
const local = (at) => new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

/** @param {Date} day @param {number} days @param {number} hour @param {number} minute */
const later = (day, days, hour, minute) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour, minute);

/** The Monday after next, as a date input takes it: a first day that leaves time to tell people. */
export function firstDay() {
  const now = new Date();
  return local(later(now, ((8 - now.getDay()) % 7) + 7, 9, 0)).slice(0, 10);
}

/** Calendars from the usual lengths, beginning on a day such as 2026-03-02. @param {UsualPhase[]} phases @param {string} first @returns {Dates} */
export function usualDates(phases, first) {
  const lengths = (/** @type {string} */ phase) => phases.filter((one) => one.phase === phase).map((one) => one.days);
  const [proposals = 0] = lengths('proposals');
  const [review = 0] = lengths('review');
  const [voting = 14, second] = lengths('voting');
  const [year, month, day] = first.split('-').map(Number);
  const monday = new Date(year, month - 1, day, 9, 0);
  const close = later(monday, Math.max(proposals - 1, 0), 23, 59);
  const vote = proposals ? later(close, 1 + review, 9, 0) : later(monday, review, 9, 0);
  const night = voting === 1; // a vote of one day is a night's: it takes an hour or two
  const end = night ? later(vote, 0, 19, 30) : later(vote, voting - 1, 23, 59);
  const opens = night ? later(vote, 0, 18, 0) : vote;
  const again = second === undefined ? null : night ? later(vote, 0, 20, 0) : later(end, 1 + (lengths('shortlist')[0] ?? 1), 9, 0);
  const over = again === null ? end : night ? later(vote, 0, 21, 0) : later(again, second - 1, 23, 59);
  return {
    proposals_open: proposals ? local(monday) : '', proposals_close: proposals ? local(close) : '', voting_open: local(opens), voting_close: local(end),
    second_voting_open: again ? local(again) : '', second_voting_close: again ? local(over) : '', results: local(later(over, 1 + (lengths('counting').at(-1) ?? 3), 12, 0)),
  };
}

/** What the phases between dates are, with their lengths in days, as far as the dates are set and in order. @param {Dates} dates @returns {UsualPhase[]} */
export function phasesOf(dates) {
  /** @type {[string, Name, Name][]} */
  const spans = [
    ['proposals', 'proposals_open', 'proposals_close'], ['review', 'proposals_close', 'voting_open'], ['voting', 'voting_open', 'voting_close'],
    ...(dates.second_voting_open ? /** @type {[string, Name, Name][]} */ ([['shortlist', 'voting_close', 'second_voting_open'], ['voting', 'second_voting_open', 'second_voting_close']]) : []),
    ['counting', dates.second_voting_close ? 'second_voting_close' : 'voting_close', 'results'],
  ];
  return spans.map(([phase, from, to]) => ({ phase, days: (Date.parse(dates[to]) - Date.parse(dates[from])) / DAY })).filter(({ days }) => days > 0);
}

/** How long something takes, in words: in hours below a day. @param {number} days */
const length = (days) => (days < 1 ? t('officer.new.hours', { count: Math.max(1, Math.round(days * 24)) }) : t('officer.new.days', { count: Math.round(days) }));

/** @param {string} phase @param {number} nth which of the votes, where there are two */
function phaseName(phase, nth) {
  const key = `officer.phase.${phase}${nth ? `_${nth}` : ''}`;
  return t(knows(key) ? key : `officer.phase.${phase}`);
}

/** How long each phase takes, as a bar with words. @param {UsualPhase[]} phases */
export function course(phases) {
  const least = 0.04 * phases.reduce((sum, phase) => sum + phase.days, 0); // so that a night can be seen beside months
  const widths = phases.map((phase) => Math.max(phase.days, least));
  const total = widths.reduce((sum, width) => sum + width, 0) || 1;
  const votes = phases.filter((phase) => phase.phase === 'voting').length;
  let from = 0;
  let nth = 0;
  return html`<span class="course"><svg class="tape" aria-hidden="true">${phases.map((phase, at) => {
    const x = (100 * from) / total;
    from += widths[at];
    return svg`<rect class="p-${phase.phase}" x="${x}%" y="0" width="${(100 * widths[at]) / total}%" height="100%"></rect>`;
  })}</svg><span class="course-words">${phases.map((phase) => {
    nth += phase.phase === 'voting' ? 1 : 0;
    return html`<span class="course-word"><i class="dot p-${phase.phase}"></i>${phase.phase === 'night' ? t('officer.phase.night') : t('officer.new.phase', { phase: phaseName(phase.phase, votes > 1 && phase.phase === 'voting' ? nth : 0), length: length(phase.days) })}</span>`;
  })}</span></span>`;
}
