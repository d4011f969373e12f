// Answers questions about the browser's modules: a JSON object on each line of stdin, `{call, ...}`, an answer on each line of stdout.
import { createInterface } from 'node:readline';
import { canonicalBallot, commitmentOf, nonceOf, offerOf, pollBytes, readBallot, symbolsOf } from '../../../frontend/js/ballotbox/ballot.js';
import { fromHex, hex, MalformedError, NotAuthenticError, utf8 } from '../../../frontend/js/ballotbox/bytes.js';
import { hasLeaf, openCheckpoint } from '../../../frontend/js/ballotbox/checkpoints.js';
import { readDocument, written } from '../../../frontend/js/ballotbox/documents.js';
import { Frontier, isConsistent, isIncluded } from '../../../frontend/js/ballotbox/merkle.js';
import { canCheckSignatures, readKey, readNote, verifyNote } from '../../../frontend/js/ballotbox/notes.js';
import { readReceipt, receiptText, verifyReceipt } from '../../../frontend/js/ballotbox/receipts.js';
import { sha256 } from '../../../frontend/js/ballotbox/sha256.js';
import { verify } from '../../../frontend/js/verify/report.js';

const all = (hashes) => hashes.map((hash) => fromHex(hash));

const CALLS = {
  able: () => canCheckSignatures(),
  sha256: ({ parts }) => hex(sha256(...all(parts))),
  ballot({ poll, form, projects, points, server, browser }) {
    const canonical = canonicalBallot(poll, form, projects, points);
    const nonce = nonceOf(poll, fromHex(server), fromHex(browser));
    const commitment = commitmentOf(canonical, nonce);
    return { canonical: hex(canonical), offer: hex(offerOf(poll, fromHex(server))), nonce: hex(nonce), commitment: hex(commitment), symbols: symbolsOf(commitment) };
  },
  read_ballot: ({ canonical, poll }) => readBallot(fromHex(canonical), pollBytes(poll)),
  document: ({ bytes }) => hex(utf8(written(readDocument(fromHex(bytes))))),
  root({ leaves }) {
    const tree = new Frontier();
    for (const leaf of all(leaves)) tree.append(leaf);
    return hex(tree.root());
  },
  included: ({ leaf, index, size, proof, root }) => isIncluded(fromHex(leaf), index, size, all(proof), fromHex(root)),
  consistent: ({ first, second, roots, proof }) => isConsistent(first, second, fromHex(roots[0]), fromHex(roots[1]), all(proof)),
  key: ({ key }) => readKey(key).id,
  note: async ({ note, keys }) => (await verifyNote(readNote(note), keys.map(readKey))).map(({ text }) => text),
  checkpoint: async ({ note, key, origin }) => (({ size, root }) => ({ size, root: hex(root) }))(await openCheckpoint(note, readKey(key), origin)),
  has_leaf: async ({ note, key, leaf, index, proof }) => hasLeaf(await openCheckpoint(note, readKey(key), readKey(key).name), utf8(leaf), index, proof),
  async receipt({ bytes, key }) {
    const receipt = readReceipt(fromHex(bytes));
    if (key) await verifyReceipt(receipt, readKey(key));
    return receiptText(receipt);
  },
  async verify({ bundle, pins = [], checkpoint = null, receipts = [] }) {
    const kept = { pins: pins.map(readKey), checkpoint, receipts: receipts.map((text) => readReceipt(utf8(text))) };
    const { code, findings } = await verify(new Uint8Array(Buffer.from(bundle, 'base64')), kept);
    return { code, findings };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { answer: await CALLS[call](given) };
  } catch (error) {
    if (!(error instanceof MalformedError || error instanceof NotAuthenticError)) throw error;
    answer = { refused: error.message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
