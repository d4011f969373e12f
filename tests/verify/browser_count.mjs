// Counts the elections that come in as lines of JSON, and answers each with a line. Whole numbers of more than 53 bits are texts: "123n".
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { recount, RecountError } = await import(pathToFileURL(process.argv[2]).href);

let last;
for await (const line of createInterface({ input: process.stdin })) {
  const { election, rule, parameters, ties, terms } = JSON.parse(line, (_, value) => (/^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value));
  if (election !== 'the last one') last = election;
  console.log(JSON.stringify(answer(() => recount(last, rule, parameters, ties, terms)), (_, value) => (typeof value === 'bigint' ? `${value}n` : value)));
}

function answer(count) {
  const before = process.cpuUsage();
  try {
    const counted = count();
    const { user, system } = process.cpuUsage(before);
    return { ...counted, seconds: (user + system) / 1e6 }; // of the processor
  } catch (error) {
    return error instanceof RecountError ? { refused: error.message } : { crashed: String(error.stack) };
  }
}
