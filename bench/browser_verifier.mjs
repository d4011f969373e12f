// Checks the bundle in a file as the page does; prints a JSON object: the verdict, seconds for each step and in all, and memory in MB at most.
import { readFileSync } from 'node:fs';
import { verify } from '../frontend/js/verify/report.js';

const data = new Uint8Array(readFileSync(process.argv[2]));
const steps = {};
let [step, since] = ['', performance.now()];
const enter = (next) => {
  if (next === step) return;
  const now = performance.now();
  if (step) steps[step] = (steps[step] ?? 0) + (now - since) / 1_000;
  [step, since] = [next, now];
};
const started = performance.now();
const { code } = await verify(data, {}, enter);
enter('');
console.log(JSON.stringify({ code, seconds: (performance.now() - started) / 1_000, steps, megabytes: Math.round(process.resourceUsage().maxRSS / 1_024) }));
