/** What kinds of authenticators can be made, and which apps are known to get one wrong. */
import { EngineError } from './errors.ts'
import type { Authenticator } from './store.ts'

const PERIODS_SECONDS: readonly number[] = [30, 60, 120, 240]
const DIGITS: readonly number[] = [6, 7, 8]
const ALGORITHM_NAMES: readonly string[] = ['SHA1', 'SHA256', 'SHA512']

export interface EnrolmentRequest {
  /** `totp`: by the clock, what every app does. `hotp`: by a counter that each press of a button moves on. */
  readonly kind: 'totp' | 'hotp'
  /** 1 to 64 characters, for the person to know it by. */
  readonly name: string
  /** 30, 60, 120 or 240; a counter has none. Default 30, the only one every app understands. */
  readonly periodSeconds?: number | undefined
  /** 6, 7 or 8. Default 6. */
  readonly digits?: number | undefined
  /** SHA1, SHA256 or SHA512. Default SHA1: several apps silently compute it whatever they are told. */
  readonly algorithm?: string | undefined
}

export type EnrolmentChoice = Pick<Authenticator, 'digits' | 'algorithm'> &
  (
    | { readonly kind: 'totp'; readonly periodSeconds: number }
    | { readonly kind: 'hotp'; readonly periodSeconds: null }
  )

/** @throws EngineError AUTHENTICATOR_INVALID */
export function acceptableChoice(request: EnrolmentRequest): EnrolmentChoice {
  const { kind, digits = 6, algorithm = 'SHA1' } = request
  if (!DIGITS.includes(digits) || !ALGORITHM_NAMES.includes(algorithm)) throw invalid()
  const common = { digits, algorithm } as Pick<Authenticator, 'digits' | 'algorithm'>
  // Callers without types may name a kind that there is not.
  if (kind === 'hotp' && request.periodSeconds === undefined) {
    return { ...common, kind, periodSeconds: null }
  }
  const { periodSeconds = 30 } = request
  if (kind !== 'totp' || !PERIODS_SECONDS.includes(periodSeconds)) throw invalid()
  return { ...common, kind, periodSeconds }
}

const invalid = () => new EngineError('AUTHENTICATOR_INVALID')

export function appWarnings(choice: EnrolmentChoice): string[] {
  const { kind, periodSeconds, digits, algorithm } = choice
  const warnings: string[] = []
  if (kind === 'hotp') {
    warnings.push('Authy, Duo and Microsoft Authenticator take no codes that count.')
  }
  if (algorithm !== 'SHA1') {
    warnings.push('Authy, Duo and Microsoft Authenticator compute SHA1 whatever they are told.')
  }
  if (kind === 'totp' && periodSeconds !== 30) {
    warnings.push('Google Authenticator and Microsoft Authenticator work with 30 seconds only.')
  }
  if (digits !== 6)
    warnings.push('Microsoft Authenticator and several others show six digits only.')
  return warnings
}
