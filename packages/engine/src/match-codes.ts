/**
 * Which authenticator and which step does a code belong to?
 *
 * Promises: spent steps are skipped before matching (R9); all authenticators and all steps are computed,
 * whatever was typed (R12).
 */
import type { Totp } from '@halfminute/otp'
import { findLateCode } from './clock-help.ts'
import type { LateCode } from './clock-help.ts'
import { openTotp } from './open-authenticator.ts'
import type { Ports } from './ports.ts'
import type { Authenticator, CodeSpend } from './store.ts'

export interface Match {
  /** What the right code uses up. */
  readonly spend?: CodeSpend | undefined
  /** Looked for only where nothing is right. */
  readonly late?: LateCode | undefined
}

export async function matchCode(
  ports: Ports,
  authenticators: readonly Authenticator[],
  digits: string,
  nowSeconds: number,
): Promise<Match> {
  const opened = await Promise.all(
    authenticators.map(async (row) => [row, await openTotp(ports, row)] as const),
  )
  const matches = opened.map(([row, totp]) => matchTotp(totp, row, digits, nowSeconds))
  const spend = matches.find((match) => match !== undefined)
  if (spend !== undefined) return { spend }
  const late = opened.map(([row, totp]) => findLateCode(totp, row, digits, nowSeconds))
  return { late: late.find((match) => match !== undefined) }
}

function matchTotp(
  totp: Totp,
  { id, spentStep }: Authenticator,
  digits: string,
  nowSeconds: number,
): CodeSpend | undefined {
  const outcome = totp.check(digits, { nowSeconds, spentStep })
  return outcome.ok ? { kind: 'step', authenticatorId: id, step: outcome.step } : undefined
}
