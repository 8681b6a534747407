// Signs one credential a line by ECDSA, as Digital Bazaar does: `{suite, curve, credential, mandatory, shown}` in, the
// signed credential out, of ecdsa-sd-2023 also what `shown` discloses of it: `[whole, part]`. The argument names a file
// of JSON, URL -> document. The issuer is a did:key made for the line.
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as sd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {createInterface} from 'node:readline';
import {createSignCryptosuite as jcs} from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as rdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {offline} from './answering.js';

async function documentLoader(documentUrl) {
  return {contextUrl: null, documentUrl, document: offline(documentUrl)};
}

async function keyPair(curve) {
  const pair = await EcdsaMultikey.generate({curve});
  const {publicKeyMultibase} = await pair.export({publicKey: true});
  pair.controller = `did:key:${publicKeyMultibase}`;
  pair.id = `${pair.controller}#${publicKeyMultibase}`;
  return pair;
}

const cryptosuites = {
  'ecdsa-rdfc-2019': () => rdfc,
  'ecdsa-jcs-2019': () => jcs(),
  'ecdsa-sd-2023': ({mandatory}) => sd.createSignCryptosuite({mandatoryPointers: mandatory})
};

for await (const line of createInterface({input: process.stdin})) {
  const given = JSON.parse(line);
  const pair = await keyPair(given.curve);
  const cryptosuite = cryptosuites[given.suite](given);
  const signing = new DataIntegrityProof({signer: pair.signer(), cryptosuite, date: '2026-03-01T00:00:00Z'});
  const credential = {...given.credential, issuer: {...given.credential.issuer, id: pair.controller}};
  let made = await vc.issue({credential, suite: signing, documentLoader});
  if(given.suite === 'ecdsa-sd-2023') {
    const showing = sd.createDiscloseCryptosuite({selectivePointers: given.shown});
    const suite = new DataIntegrityProof({cryptosuite: showing});
    made = [made, await vc.derive({verifiableCredential: made, suite, documentLoader})];
  }
  process.stdout.write(`${JSON.stringify(made)}\n`);
}
