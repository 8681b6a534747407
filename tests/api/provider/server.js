// An OpenID Connect provider (panva's oidc-provider) by TLS on loopback: any name signs in, and is the subject.
// Arguments: certificate and key (PEM, one file), port, redirect address, secret of the client. Prints a line when it listens.
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { Provider } from 'oidc-provider';

const [pem, port, redirect, secret] = process.argv.slice(2);
const issuer = `https://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'guildbook',
    ...(secret ? { client_secret: secret } : { token_endpoint_auth_method: 'none' }),
    redirect_uris: [redirect],
  }],
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  cookies: { keys: ['of the tests'] },
});
const chain = readFileSync(pem);
https.createServer({ cert: chain, key: chain }, provider.callback()).listen(Number(port), '127.0.0.1', () => {
  process.stdout.write(`${issuer}\n`);
});
