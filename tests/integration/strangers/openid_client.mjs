// openid-client for Node.js: the metadata's address, and the rest as it comes.

import { createHash, createPrivateKey, X509Certificate, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import * as client from "openid-client";

const { env } = process;
const own = `api://${env.AZURE_CLIENT_ID}/user_impersonation`;
const [orders, read, bills] = ["api://orders/.default", "api://orders/Orders.Read", "api://bills/Bills.Read"];
const redirectUri = "http://localhost/auth/callback";

const server = new URL(`${env.AZURE_AUTHORITY_HOST}/${env.AZURE_TENANT_ID}/v2.0`);
const discover = (proof, metadata) => client.discovery(server, env.AZURE_CLIENT_ID, metadata, proof);

const byCertificate = async () => {
  const pem = readFileSync(env.AZURE_CLIENT_CERTIFICATE_PATH);
  const der = createPrivateKey(pem).export({ format: "der", type: "pkcs8" });
  const key = await webcrypto.subtle.importKey("pkcs8", der, { name: "RSA-PSS", hash: "SHA-256" }, false, ["sign"]);
  const thumbprint = createHash("sha256").update(new X509Certificate(pem).raw).digest("base64url");
  return client.PrivateKeyJwt(key, {
    [client.modifyAssertion]: (header) => { header["x5t#S256"] = thumbprint; },
  });
};

const config = await discover(client.ClientSecretPost(env.STRANGER_CLIENT_SECRET));

const byCode = async () => {
  const [verifier, state, nonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: `openid offline_access ${own}`,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const answer = await fetch(`${url}&simulated_user=adele`, { redirect: "manual" });
  return client.authorizationCodeGrant(config, new URL(answer.headers.get("location")), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  });
};

const byDevice = async () => {
  const started = await client.initiateDeviceAuthorization(config, { scope: `openid ${read}` });
  const form = new URLSearchParams({ user_code: started.user_code, user: "adele", decision: "approve" });
  await fetch(started.verification_uri, { method: "POST", body: form });
  return client.pollDeviceAuthorizationGrant(config, started);
};

const signedIn = await byCode();
const onBehalfOf = {
  assertion: signedIn.access_token,
  requested_token_use: "on_behalf_of",
  scope: read,
};

const calls = {
  secret: ["clientCredentialsGrant", () => client.clientCredentialsGrant(config, { scope: orders })],
  certificate: [
    "clientCredentialsGrant",
    async () => client.clientCredentialsGrant(await discover(await byCertificate()), { scope: orders }),
  ],
  code: ["authorizationCodeGrant", async () => signedIn],
  refresh: ["refreshTokenGrant", () => client.refreshTokenGrant(config, signedIn.refresh_token, { scope: bills })],
  device: ["pollDeviceAuthorizationGrant", byDevice],
  obo: [
    "genericGrantRequest",
    () => client.genericGrantRequest(config, "urn:ietf:params:oauth:grant-type:jwt-bearer", onBehalfOf),
  ],
};

const outcomes = {};
for (const [grant, [call, ask]] of Object.entries(calls)) {
  outcomes[grant] = { call, token: (await ask()).access_token };
}
process.stdout.write(JSON.stringify(outcomes));
