// A wallet of another making: takes the credential offer in its first argument, and prints what it was given, as JSON.
import {createHash, randomBytes} from 'node:crypto';
import {setGlobalConfig} from '@openid4vc/oauth2';
import {Openid4vciClient} from '@openid4vc/openid4vci';

setGlobalConfig({allowInsecureUrls: true}); // the tests' server speaks plain HTTP on the loopback address
const no = () => { throw new Error('nothing is to be signed or decrypted'); };
const callbacks = {
  fetch,
  hash: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
  generateRandom: (bytes) => randomBytes(bytes),
  signJwt: no, verifyJwt: no, encryptJwe: no, decryptJwe: no,
  clientAuthentication: () => {},
};

const client = new Openid4vciClient({callbacks});
const credentialOffer = await client.resolveCredentialOffer(process.argv[2]);
const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer);
const {accessTokenResponse} = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({credentialOffer, issuerMetadata});
const found = {};
for(const credentialConfigurationId of credentialOffer.credential_configuration_ids) {
  const {credentialResponse} = await client.retrieveCredentials({
    issuerMetadata, accessToken: accessTokenResponse.access_token, credentialConfigurationId,
  });
  found[credentialConfigurationId] = credentialResponse.credentials[0].credential;
}
process.stdout.write(JSON.stringify({issuer: issuerMetadata.credentialIssuer.display[0].name, found}));
