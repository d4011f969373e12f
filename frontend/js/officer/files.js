// Files that go to the server as they are, and files that come back while they are being made.
import { Problem, t } from '../lib.js';

/** A refused request as a Problem. @param {Response} answer */
async function refused(answer) {
  const content = await answer.json().catch(() => null);
  return new Problem(answer.status, content?.code ?? 'unexpected', content?.detail ?? '', content?.reasons ?? []);
}

/** @param {string} address @param {RequestInit} request @returns {Promise<Response>} */
async function ask(address, request) {
  let answer;
  try {
    answer = await fetch(address, { method: 'POST', ...request });
  } catch {
    throw new Problem(0, 'offline', t('reason.offline'));
  }
  if (!answer.ok) throw await refused(answer);
  return answer;
}

/** Send a CSV file; the answer's JSON. @param {string} address @param {File} file @returns {Promise<any>} */
export const sendFile = async (address, file) => (await ask(address, { body: file, headers: { 'Content-Type': 'text/csv' } })).json();

/**
 * Fetch a file that is made while it is sent. A connection that breaks is a Problem: there is never half a file.
 * @param {string} address @param {unknown} body @param {(bytes: number) => void} progress @returns {Promise<Blob>}
 */
export async function fetchFile(address, body, progress) {
  const answer = await ask(address, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
  const reader = /** @type {ReadableStream<Uint8Array>} */ (answer.body).getReader();
  const parts = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      bytes += value.length;
      progress(bytes);
    }
  } catch {
    throw new Problem(0, 'officer_letters_broke_off', '');
  }
  return new Blob(/** @type {BlobPart[]} */ (parts), { type: answer.headers.get('content-type') ?? '' });
}

/** Let the browser save a file. @param {string} name @param {Blob} content */
export function save(name, content) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
