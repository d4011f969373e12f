// The page's own part in its receipt: it draws randomness before it sees the server's, and works the receipt out anew.
import { canonicalBallot, commitmentOf, FORM, nonceOf, offerOf, symbolsOf } from '../ballotbox/ballot.js';
import { fromHex, hex, MalformedError, NotAuthenticError, utf8 } from '../ballotbox/bytes.js';
import { canCheckSignatures, readKey } from '../ballotbox/notes.js';
import { readReceipt, verifyReceipt } from '../ballotbox/receipts.js';
import { api } from '../lib.js';

/**
 * All in hexadecimal digits: the server's ticket, the hash of its randomness, and what this browser drew.
 * @typedef {{ticket: string, offer: string, random: string}} Randomness
 * What came of the check: everything fits; everything but the signature, which this browser cannot check; or something does not fit.
 * @typedef {'checked' | 'unsigned' | 'wrong'} Verdict
 */

const FORMS = /** @type {Record<string, number>} */ ({ ranking: FORM.RANKING, points: FORM.POINTS, score: FORM.POINTS });

/** A ticket, and this browser's part, drawn after the server has shown the hash of its own. @param {string} poll @returns {Promise<Randomness>} */
export async function drawRandomness(poll) {
  const { ticket, offer } = await api('POST', `/api/polls/${poll}/ticket`);
  return { ticket, offer, random: hex(crypto.getRandomValues(new Uint8Array(32))) };
}

/**
 * Does the answer to a vote follow from what was sent? The server's part must be the one that it had offered; ballot and both parts give the
 * commitment, and that the receipt; and the receipt names our part and is signed by the log's key.
 * @param {import('./standing.js').Paper} paper @param {{choices: number[], points: number[] | null}} sent @param {Randomness} randomness
 * @param {{receipt: string, commitment: string, server_random: string, log_key: string, file: string}} answer @returns {Promise<Verdict>}
 */
export async function checkAnswer(paper, sent, randomness, answer) {
  try {
    const server = fromHex(answer.server_random, 32);
    const ballot = canonicalBallot(paper.poll_id, FORMS[paper.design.kind] ?? FORM.SET, sent.choices, sent.points ?? []);
    const commitment = commitmentOf(ballot, nonceOf(paper.poll_id, server, fromHex(randomness.random, 32)));
    const receipt = readReceipt(utf8(answer.file));
    const fits = [
      hex(offerOf(paper.poll_id, server)) === randomness.offer, hex(commitment) === answer.commitment, symbolsOf(commitment) === answer.receipt,
      hex(receipt.commitment) === answer.commitment, receipt.poll === paper.poll_id, receipt.random !== null && hex(receipt.random) === randomness.random,
    ];
    if (!fits.every(Boolean)) return 'wrong';
    if (!await canCheckSignatures()) return 'unsigned';
    await verifyReceipt(receipt, readKey(answer.log_key));
    return 'checked';
  } catch (error) {
    if (error instanceof MalformedError || error instanceof NotAuthenticError) return 'wrong';
    throw error;
  }
}
