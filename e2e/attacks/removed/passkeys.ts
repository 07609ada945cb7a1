/** Defences of passkeys. */
import { engine, rows } from './edit.ts'
import type { Removals } from './edit.ts'

const FOR_ANY_TICKET = {
  file: engine('passkeys'),
  find: "  const boundTo = Buffer.from(ticket.tokenHash).toString('hex')",
  replace: "  const boundTo = 'any ticket'",
}

export const PASSKEYS = {
  'an answer counts once, for its own ticket': [
    FOR_ANY_TICKET,
    {
      file: rows('passkeys'),
      find: '  if ((await takeChallenge(db, use.challenge, use.now)) === undefined) return false\n',
      replace: '',
    },
  ],
  'an answer counts for its own ticket': [FOR_ANY_TICKET],
  'an answer names the site it was given to': [
    {
      file: engine('webauthn'),
      find: `      response: answer as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: origin,`,
      replace: `      response: answer as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: [origin, 'https://halfminute.example'],`,
    },
  ],
  'a passkey answers for one site': [
    {
      file: engine('webauthn'),
      find: `      expectedRPID: id,
      requireUserVerification: false,
      credential: {`,
      replace: `      expectedRPID: [id, 'wiki.localhost'],
      requireUserVerification: false,
      credential: {`,
    },
  ],
  'a passkey is looked for in its own account only': [
    {
      file: rows('passkeys'),
      find: ".where('account_id', '=', accountId)\n    .orderBy('created_at')",
      replace: ".orderBy('created_at')",
    },
    {
      file: rows('passkeys'),
      find: ".where('account_id', '=', use.accountId)\n    .where('id', '=', use.passkeyId)\n    .where('sign_count'",
      replace: ".where('id', '=', use.passkeyId)\n    .where('sign_count'",
    },
  ],
  'the signature of an answer is checked': [
    {
      file: engine('webauthn'),
      find: 'return verified && same ?',
      replace: 'return same ?',
    },
  ],
  'a count of signatures only grows': [
    {
      file: engine('passkeys'),
      find: 'return (signCount > 0 || passkey.signCount > 0) && signCount <= passkey.signCount',
      replace: 'return signCount < 0 && passkey.signCount < 0',
    },
  ],
  'a passkey that was copied is switched off': [
    {
      file: rows('passkeys'),
      find: '.set({ copied_at: use.now })',
      replace: '.set({ copied_at: null })',
    },
  ],
  'a removed passkey is gone': [
    {
      file: rows('passkeys'),
      find: ".deleteFrom('passkeys')",
      replace: ".updateTable('passkeys').set({ name: 'removed' })",
    },
    {
      file: rows('passkeys'),
      find: ".where('id', '=', id)\n    .executeTakeFirstOrThrow()\n  return numDeletedRows === 1n",
      replace: ".where('id', '=', id)\n    .executeTakeFirstOrThrow()\n  return true",
    },
  ],
  'a challenge is over after five minutes': [
    {
      file: engine('passkeys'),
      find: 'const CHALLENGE_SECONDS = 300',
      replace: 'const CHALLENGE_SECONDS = 300_000',
    },
  ],
} as const satisfies Removals
