// Signs one badge a line, as @digitalbazaar/vc does: the first line of standard input is a key pair, each other line an
// unsigned credential; each answer is the signed one. The argument names a file of JSON, URL -> document.
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import {createInterface} from 'node:readline';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {offline} from './answering.js';

async function documentLoader(documentUrl) {
  return {contextUrl: null, documentUrl, document: offline(documentUrl)};
}

let signer;
for await (const line of createInterface({input: process.stdin})) {
  const given = JSON.parse(line);
  if(signer === undefined) {
    const {id, controller, public: publicKeyMultibase, secret: secretKeyMultibase} = given;
    const type = 'Multikey';
    signer = (await Ed25519Multikey.from({id, type, controller, publicKeyMultibase, secretKeyMultibase})).signer();
    continue;
  }
  const suite = new DataIntegrityProof({signer, cryptosuite, date: '2026-03-01T00:00:00Z'});
  process.stdout.write(`${JSON.stringify(await vc.issue({credential: given, suite, documentLoader}))}\n`);
}
