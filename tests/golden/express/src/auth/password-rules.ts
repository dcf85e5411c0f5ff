import { Problem } from '../problem.js';

const fewestDifferentCharacters = 5;
/** Of a password, in characters. */
const longest = 128;

/** What common passwords of twelve characters and more are made of, once digits and signs around it are gone. */
const commonStems = new Set(
  `password passwort passw0rd p@ssw0rd p@ssword mypassword thepassword passwordpassword qwerty qwertyuiop qwertyqwerty
  qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm asdfghjkl asdfghjklqwertyuiop zxcvbnm qazwsx qazwsxedc qazwsxedcrfv
  abcdef abcdefgh abcdefghijkl abcdefghijklmnopqrstuvwxyz letmein letmeinnow welcome iloveyou iloveyouforever ilovemyself
  admin administrator superuser changeme changemenow monkey dragon football baseball basketball sunshine princess
  starwars superman batman trustnoone secret topsecret unknown default master shadow freedom whatever computer internet
  spring summer autumn winter january february september october november december monday friday`.split(
    /\s+/,
  ),
);
/** They begin anywhere, and go round. */
const runs = ['0123456789', '9876543210', '1q2w3e4r5t6y7u8i9o0p', '1qaz2wsx3edc4rfv5tgb6yhn'].map((keys) =>
  keys.repeat(longest / keys.length + 2),
);

/**
 * Refuses a new password that guessing programs try first (NIST SP 800-63B: a blocklist, no rules of composition).
 * Its length stands in the contract.
 * @throws Problem `validation-failed`
 */
export function requireStrongPassword(password: string, email: string): void {
  const detail = weakness(password.normalize('NFC').toLowerCase(), email.toLowerCase());
  if (detail === undefined) return;
  const errors = [{ pointer: '#/password', code: 'weak', detail }];
  throw new Problem('validation-failed', { detail: 'The password is too easy to guess.', errors });
}

function weakness(password: string, email: string): string | undefined {
  if (new Set(password).size < fewestDifferentCharacters) return 'repeats a few characters';
  const [name = ''] = email.split('@');
  if (password.includes(email) || (name.length >= 4 && stem(password) === stem(name))) {
    return 'is made from the e-mail address';
  }
  if (commonStems.has(stem(password)) || runs.some((run) => run.includes(password)))
    return 'is a common password';
  return undefined;
}

function stem(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
}
