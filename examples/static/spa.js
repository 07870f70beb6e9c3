// Sign-in of a page without a server of its own: authorization code with PKCE, by hand. An application of yours takes
// MSAL.js, which also renews tokens.

const config = await (await fetch("/config.json")).json();
const redirectUri = `${location.origin}/`;
const find = (id) => document.getElementById(id);

// "cp1" promises that this page answers claims challenges; without it the API says 403.
const capabilities = { access_token: { xms_cc: { values: ["cp1"] } } };

let accessToken = null; // in memory: nothing is left for a later visitor, or for a script in another page

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function signIn({ call, claims } = {}) {
  const started = { state: random(), verifier: random(), call };
  sessionStorage.setItem("sign-in", JSON.stringify(started));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(started.verifier));
  const wanted = { ...capabilities, access_token: { ...capabilities.access_token, ...claims?.access_token } };
  const parameters = new URLSearchParams({
    client_id: config.client_id,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: config.scope,
    state: started.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    claims: JSON.stringify(wanted),
  });
  location.assign(`${config.authority}/oauth2/v2.0/authorize?${parameters}`);
}

async function finishSignIn() {
  const answer = new URLSearchParams(location.search);
  const started = JSON.parse(sessionStorage.getItem("sign-in") ?? "null");
  sessionStorage.removeItem("sign-in");
  history.replaceState(null, "", "/"); // the code is no part of the page's address
  if (!answer.has("state")) return null;
  if (started === null || answer.get("state") !== started.state) throw new Error("this sign-in was not begun here");
  if (answer.has("error")) throw new Error("the sign-in was cancelled or refused");
  const response = await fetch(`${config.authority}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: config.client_id,
      redirect_uri: redirectUri,
      code: answer.get("code"),
      code_verifier: started.verifier,
    }),
  });
  if (!response.ok) throw new Error("the sign-in could not be finished");
  accessToken = (await response.json()).access_token;
  return started;
}

function challengedClaims(response) {
  // The API lets this page see the header: expose_headers of CORS.
  const encoded = /claims="([^"]+)"/.exec(response.headers.get("WWW-Authenticate") ?? "")?.[1];
  return encoded === undefined ? undefined : JSON.parse(atob(encoded));
}

async function call(path, { maySignIn = true } = {}) {
  const response = await fetch(config.api + path, { headers: { Authorization: `Bearer ${accessToken}` } });
  if (response.status === 401 && maySignIn) {
    await signIn({ call: path, claims: challengedClaims(response) });
    return;
  }
  const document = await response.json();
  find("status").textContent = `${response.status} from ${config.api}${path}`;
  find("answer").hidden = false;
  find("answer").textContent = JSON.stringify(document, null, 2);
  if (path === "/me" && response.ok) find("who").textContent = document.name;
}

function signOut() {
  accessToken = null;
  find("who").textContent = find("answer").textContent = ""; // browsers may keep the page for their back button
  const parameters = new URLSearchParams({ client_id: config.client_id, post_logout_redirect_uri: redirectUri });
  location.assign(`${config.authority}/oauth2/v2.0/logout?${parameters}`);
}

find("sign-in").addEventListener("click", () => signIn());
find("sign-out").addEventListener("click", signOut);
for (const button of document.querySelectorAll("[data-path]")) {
  button.addEventListener("click", () => call(button.dataset.path));
}

try {
  const started = await finishSignIn();
  if (started !== null) {
    // A token that is refused when it is new will be refused again: no second way through sign-in.
    await call("/me", { maySignIn: false });
    if (started.call !== undefined && started.call !== "/me") await call(started.call, { maySignIn: false });
  }
} catch (error) {
  find("status").textContent = error.message;
}
find(accessToken === null ? "sign-in" : "sign-out").hidden = false;
find("calls").hidden = accessToken === null;
