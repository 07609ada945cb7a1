/**
 * What the commands that make an otpauth:// address have in common: the names inside it, and a word about
 * the apps that will not do what it says.
 */
import { Hotp, type Totp } from '@halfminute/otp'
import type { Option, Options } from './arguments.ts'
import { SECRET_OPTIONS } from './authenticator.ts'
import type { Io } from './io.ts'

export const ISSUER_OPTION: Option = {
  value: 'NAME',
  help: 'Who asks for the codes, as the app shows it; no colon.',
}

export const ACCOUNT_OPTION: Option = {
  value: 'NAME',
  help: 'Whose codes they are, such as ada@example.com; no colon.',
}

export const ADDRESS_OPTIONS: Options = {
  ...SECRET_OPTIONS,
  counter: { value: 'N', help: 'Makes it counter-based, beginning at N.' },
}

/** Apps fail silently here: they scan the picture and then show codes that never match. */
export function noteApps(authenticator: Totp | Hotp, io: Io): void {
  const note = (text: string) => io.err(`halfminute: note: ${text}\n`)
  if (authenticator.algorithm.name !== 'SHA1') {
    note('Authy, Duo and Microsoft Authenticator compute SHA1 whatever the address says')
  }
  if (authenticator.digits !== 6) note('some apps show 6 digits whatever the address says')
  if (authenticator instanceof Hotp) {
    note('Microsoft Authenticator and several other apps have no counter-based codes')
  } else if (authenticator.periodSeconds !== 30) {
    note('Google Authenticator and Microsoft Authenticator break on a period other than 30 s')
  }
}
