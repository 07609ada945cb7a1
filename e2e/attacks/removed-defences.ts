/**
 * What makes the attacks succeed: each defence, and the edits of our own sources that take it away. The
 * edits are made in the memory of a test's server by `support/remove-defence.ts`; nothing that ships knows
 * of them.
 *
 * Promises: a text to be replaced stands exactly once in its file; `removed-defences.test.ts` says so
 * before any server does.
 */
import { ADMIN } from './removed/admin.ts'
import { CODES } from './removed/codes.ts'
import { DISCLOSURE } from './removed/disclosure.ts'
import { EDGE } from './removed/edge.ts'
import { FACTORS } from './removed/factors.ts'
import { GUESSING } from './removed/guessing.ts'
import { PASSKEYS } from './removed/passkeys.ts'
import { PASSWORD_RESET } from './removed/password-reset.ts'
import { SENT_CODES } from './removed/sent-codes.ts'
import { SESSIONS } from './removed/sessions.ts'
import { TRUSTED_BROWSERS } from './removed/trusted-browsers.ts'

export const REMOVED_DEFENCES = {
  ...ADMIN,
  ...CODES,
  ...SESSIONS,
  ...SENT_CODES,
  ...PASSWORD_RESET,
  ...FACTORS,
  ...EDGE,
  ...GUESSING,
  ...DISCLOSURE,
  ...PASSKEYS,
  ...TRUSTED_BROWSERS,
}

export type Defence = keyof typeof REMOVED_DEFENCES

export function isDefence(name: string): name is Defence {
  return Object.hasOwn(REMOVED_DEFENCES, name)
}
