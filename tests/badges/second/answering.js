// One question a line on standard input, `{document, at}`; one answer a line on standard output, `{verified, why}`.
// The first argument names a file of JSON, URL -> document: nothing else is to be had, there is no network.
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';

const documents = new Map(Object.entries(JSON.parse(readFileSync(process.argv[2], 'utf8'))));

console.log = console.info = console.warn = console.error; // libraries speak up, too

export function atHand(url) {
  return documents.has(url);
}

export function offline(url) {
  if(!atHand(url)) {
    throw new Error(`not at hand: ${url}`);
  }
  return structuredClone(documents.get(url));
}

export async function answer(verify) {
  for await (const line of createInterface({input: process.stdin})) {
    const {document, at} = JSON.parse(line);
    let found;
    try {
      found = await verify(document, at);
    } catch(error) {
      found = [String(error)];
    }
    process.stdout.write(`${JSON.stringify({verified: found.length === 0, why: found.join('; ')})}\n`);
  }
}
