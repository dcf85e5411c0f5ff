
plugins.push(signIn);

/** Adds a button that signs in at the issuer: authorization code flow with PKCE (RFC 7636). */
function signIn() {
  return { afterLoad: ({ authActions }) => offerSignIn(authActions) };
}

async function offerSignIn(authActions) {
  const client = await (await fetch('/docs/sign-in.json')).json();
  if (!client.clientId) return;
  const place = document.getElementById('viewer') ?? document.getElementById('swagger-ui');
  const button = Object.assign(document.createElement('button'), {
    className: 'btn authorize',
    textContent: 'Sign in',
    onclick: () => askIssuer(client).catch(show),
  });
  function show(error) {
    button.textContent = `Sign in (${error.message})`;
  }
  button.style.margin = '20px';
  const bar = Object.assign(document.createElement('div'), { className: 'swagger-ui' });
  bar.append(button);
  place.before(bar);
  const returned = new URLSearchParams(location.search);
  if (!returned.has('state')) return;
  history.replaceState(null, '', redirectUri());
  try {
    const value = await accessToken(client, returned);
    const bearer = { name: 'bearer', schema: { type: 'http', scheme: 'bearer' }, value };
    authActions.authorizeWithPersistOption({ bearer });
  } catch (error) {
    show(error);
  }
}

const redirectUri = () => `${location.origin}/docs`;
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function metadataOf({ issuer }) {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  return response.json();
}

async function askIssuer(client) {
  const { authorization_endpoint: endpoint } = await metadataOf(client);
  const pending = { state: random(), verifier: random() };
  sessionStorage.setItem('sign-in', JSON.stringify(pending));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(pending.verifier));
  const url = new URL(endpoint);
  const parameters = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: redirectUri(),
    scope: client.scope,
    state: pending.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

async function accessToken(client, returned) {
  const pending = JSON.parse(sessionStorage.getItem('sign-in') ?? '{}');
  sessionStorage.removeItem('sign-in');
  if (returned.get('state') !== pending.state) throw new Error('it was not begun here');
  if (!returned.has('code')) throw new Error(returned.get('error_description') ?? returned.get('error'));
  const { token_endpoint: endpoint } = await metadataOf(client);
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: returned.get('code'),
    redirect_uri: redirectUri(),
    client_id: client.clientId,
    code_verifier: pending.verifier,
  });
  const response = await fetch(endpoint, { method: 'POST', body });
  const answer = await response.json();
  if (!answer.access_token) throw new Error(answer.error_description ?? answer.error ?? response.status);
  return answer.access_token;
}
