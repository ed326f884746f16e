// An application on npm's openid-client. It says to which address a browser is to be sent, reads from standard input where
// the browser came back to, and says what it has seen: one JSON object a line.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import * as jose from "jose";
import * as client from "openid-client";

const { issuer, id, secret, redirect, bye } = JSON.parse(process.env.APPLICATION);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (what) => console.log(JSON.stringify(what));
const hear = async () => (await lines.next()).value;

const config = await client.discovery(
  new URL(issuer), id, {}, client.ClientSecretBasic(secret), { execute: [client.allowInsecureRequests] },
);
const { jwks_uri, end_session_endpoint } = config.serverMetadata();
const keys = jose.createRemoteJWKSet(new URL(jwks_uri));

// Told of sessions that are over.
const told = new Promise((resolve) => {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", async () => {
      const token = new URLSearchParams(body).get("logout_token");
      const { payload } = await jose.jwtVerify(token, keys, { issuer, audience: id, typ: "logout+jwt" });
      response.end();
      server.close();
      resolve(payload);
    });
  });
  server.listen(0, "127.0.0.1", () => say({ told: `http://127.0.0.1:${server.address().port}/told` }));
});
await hear();

const login = async (build) => {
  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const code_challenge = await client.calculatePKCECodeChallenge(verifier);
  const asked = { redirect_uri: redirect, scope: "openid profile", code_challenge, code_challenge_method: "S256", state, nonce };
  say({ go: (await build(config, asked)).href });
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  return client.authorizationCodeGrant(config, new URL(await hear()), checks);
};

const first = await login(client.buildAuthorizationUrl);
const claims = first.claims();
const info = await client.fetchUserInfo(config, first.access_token, claims.sub);
const second = await client.refreshTokenGrant(config, first.refresh_token);
const active = await client.tokenIntrospection(config, second.access_token);
const again = await client.refreshTokenGrant(config, first.refresh_token).then(() => "given", (error) => error.error);
const after = await client.tokenIntrospection(config, second.access_token);
say({ name: info.preferred_username, amr: claims.amr, active: active.active, again, after: after.active });

// The same by a pushed request.
const third = await login(client.buildAuthorizationUrlWithPAR);
const end = client.buildEndSessionUrl(config, { id_token_hint: third.id_token, post_logout_redirect_uri: bye, state: "s" });
say({ go: end.href, at: end_session_endpoint });
const left = await hear();
const message = await told;
say({ left, sid: message.sid === third.claims().sid, sub: message.sub === claims.sub });
process.stdin.destroy();
