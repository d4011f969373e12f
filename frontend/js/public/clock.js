// The time that is left, as the chair's page and the big screen show it.

/**
 * @typedef {{key: string, kind: string, number: number, title: string, proposer: string, minutes: number}} On
 * @typedef {{on: On, place: number, of: number, next: On | null, running: boolean, left_ms: number}} Timer
 */

/** What is left now of a timer that came at `came`, in milliseconds; negative once it is over. @param {Timer} timer @param {number} came */
export const leftOf = (timer, came) => timer.left_ms - (timer.running ? performance.now() - came : 0);

/** Minutes and seconds; over time with a sign in front. @param {number} ms */
export function digits(ms) {
  const seconds = ms >= 0 ? Math.ceil(ms / 1000) : Math.floor(-ms / 1000);
  return `${ms <= -1000 ? '+' : ''}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** Plenty, the last half minute, or over. @param {number} ms */
export const moodOf = (ms) => (ms <= -1000 ? 'late' : ms <= 30_000 ? 'soon' : '');
