// Digital Bazaar's verifier of W3C credentials, the first there was for Data Integrity.
import * as vc from '@digitalbazaar/vc';
import {answer, offline} from './answering.js';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';

const DID = 'https://www.w3.org/ns/did/v1';
const MULTIKEY = 'https://w3id.org/security/multikey/v1';
const suite = [rdfc, createVerifyCryptosuite()].map(cryptosuite => new DataIntegrityProof({cryptosuite}));

async function documentLoader(documentUrl) {
  const document = documentUrl.startsWith('did:') ? dereferenced(documentUrl) : offline(documentUrl);
  return {contextUrl: null, documentUrl, document};
}

function dereferenced(url) {
  const [did, fragment] = url.split('#');
  const document = did.startsWith('did:key:') ? keyDocument(did) : offline(did);
  if(fragment === undefined) {
    return document;
  }
  const method = document.verificationMethod.find(({id}) => id === url);
  if(!method) {
    throw new Error(`not in its document: ${url}`);
  }
  return {'@context': MULTIKEY, ...method};
}

function keyDocument(did) {
  const publicKeyMultibase = did.slice('did:key:'.length);
  const id = `${did}#${publicKeyMultibase}`;
  const method = {id, type: 'Multikey', controller: did, publicKeyMultibase};
  return {'@context': [DID, MULTIKEY], id: did, verificationMethod: [method], assertionMethod: [id]};
}

await answer(async (credential, at) => {
  const asked = {credential, suite, documentLoader, now: new Date(at)};
  const {verified, error, statusResult} = await vc.verifyCredential(
    credential.credentialStatus ? {...asked, checkStatus} : asked);
  const errors = [error, statusResult?.error, ...(error?.errors ?? [])].filter(Boolean).map(String);
  const set = (statusResult?.results ?? []).filter(({status}) => status).map(() => 'its status is set');
  return verified ? set : [...new Set([...errors, 'not verified'])];
});
