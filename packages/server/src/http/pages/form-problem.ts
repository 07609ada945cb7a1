/** A refusal in the words of a form: what is wrong, with which field, and when to try again. */
import type { ClockHelp } from '@halfminute/engine'
import { PROBLEMS } from '../problems.ts'
import type { Problem, ProblemCode } from '../problems.ts'
import { minutesWords } from '../../pages/parts.ts'
import type { FormProblem } from '../../pages/parts.ts'

/** What a page says better than the table does, because it knows what was asked. */
export type ProblemWords = Partial<Record<ProblemCode, string>>

const FIELDS: Partial<Record<ProblemCode, readonly string[]>> = {
  CODE_MALFORMED: ['code'],
  CODE_REFUSED: ['code'],
  CODE_REQUIRED: ['code'],
  INVITATION_REFUSED: ['invitation'],
  CONTACT_INVALID: ['address'],
  LOGIN_INVALID: ['login'],
  // Which of the two is wrong is not told (R29); the login stays filled in, so the cursor goes on.
  LOGIN_REFUSED: ['password', 'login'],
  LOGIN_TAKEN: ['login'],
  NAME_INVALID: ['name'],
  PASSWORD_COMMON: ['password'],
  PASSWORD_TOO_LONG: ['password'],
  PASSWORD_UNCHANGED: ['password'],
  PASSWORD_TOO_SHORT: ['password'],
  RESET_REFUSED: ['token'],
}

export function formProblem({ code, extras }: Problem, words: ProblemWords = {}): FormProblem {
  const wait = extras.retryAfterSeconds
  const closed = code === 'TOO_MANY_ATTEMPTS' && wait !== undefined
  const text = closed ? `Too many attempts. Try again in ${waitWords(wait)}.` : PROBLEMS[code].text
  const more = words[code]
  const plain = closed ? [text, more].filter(Boolean).join(' ') : (more ?? text)
  return {
    text: clockWords(extras) ?? plain,
    fields: FIELDS[code] ?? [],
  }
}

function waitWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? 'one second' : `${seconds} seconds`
  if (seconds < 5_400) return `${Math.ceil(seconds / 60)} minutes`
  if (seconds < 172_800) return `${Math.ceil(seconds / 3_600)} hours`
  return `${Math.ceil(seconds / 86_400)} days`
}

/** Mending the clock comes first: then every code works, here and elsewhere. */
function clockWords({ phoneBehindSeconds, phoneAheadSeconds }: ClockHelp): string | undefined {
  const seconds = phoneBehindSeconds ?? phoneAheadSeconds
  if (seconds === undefined) return undefined
  const off = minutesWords(seconds)
  const direction = phoneBehindSeconds === undefined ? 'ahead' : 'behind'
  return `Your phone’s clock is about ${off} ${direction}. Let it set the time by itself, then type the new code.`
}

/** For codes of an authenticator. */
export const CODE_WORDS: ProblemWords = {
  CODE_MALFORMED: 'Type all digits of the code, usually six, and nothing else.',
  CODE_REFUSED: 'That code was not accepted. Each works once: type the one your app shows now.',
}

export const NO_PASSKEY = 'Your browser sent no passkey. Try again.'

/** For passkeys. */
export const PASSKEY_WORDS: ProblemWords = {
  CODE_MALFORMED: NO_PASSKEY,
  PASSKEY_REFUSED: 'That passkey was not accepted. Try again, or use another way.',
}

/** For recovery codes. */
export const RECOVERY_WORDS: ProblemWords = {
  CODE_MALFORMED: 'A recovery code has 16 letters and digits, in four groups.',
  CODE_REFUSED: 'That recovery code was not accepted. Each works once.',
}
