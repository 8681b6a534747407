// The Digital Credentials Consortium's verifier, which VerifierPlus and Learner Credential Wallet are made with.
// It tells the time by the clock alone, so `at` is not asked.
// Without 1EdTech's schema at hand, badges are not held against it.
import {answer, atHand, offline} from './answering.js';

const SCHEMA = 'https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json';

globalThis.fetch = async request => {
  const url = String(request.url ?? request);
  try {
    const body = JSON.stringify(offline(url.startsWith('https://') ? named(url) : url));
    return new Response(body, {status: 200, headers: {'Content-Type': 'application/json'}});
  } catch{
    return new Response('', {status: 404});
  }
};

// The name under which the document at an address is at hand: a did:web's is known by its DID.
function named(url) {
  const [, host, path] = /^https:\/\/([^/]+)\/(.*)\/did\.json$/.exec(url) ?? [];
  return host ? `did:web:${encodeURIComponent(host)}:${path.replaceAll('/', ':')}` : url;
}

const {verifyCredential} = await import('@digitalcredentials/verifier-core');

await answer(async credential => {
  const {errors = [], log = [], additionalInformation = []} = await verifyCredential({credential, knownDIDRegistries: []});
  const found = errors.map(({name, message}) => `${name}: ${message}`);
  const needed = ['valid_signature', 'expiration', ...(credential.credentialStatus ? ['revocation_status'] : [])];
  for(const id of needed) {
    const step = log.find(entry => entry.id === id);
    if(!step?.valid) {
      found.push(`${id}: ${step?.error?.message ?? step?.valid ?? 'not told'}`);
    }
  }
  const held = atHand(SCHEMA) ? additionalInformation.filter(({id}) => id === 'schema_check') : [];
  for(const {results} of held) {
    const none = credential.type.includes('OpenBadgeCredential') ? [{result: results}] : []; // to be had of no package
    const unmet = Array.isArray(results) ? results.filter(({result}) => !result.valid) : none;
    found.push(...unmet.map(({result}) => `schema: ${JSON.stringify(result.errors ?? result).slice(0, 400)}`));
  }
  return found;
});
