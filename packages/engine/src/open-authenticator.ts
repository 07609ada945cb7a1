/**
 * An authenticator's secret, opened, as something that makes codes.
 * Promises: a secret opens only for the account and the authenticator that it was sealed for (R3).
 */
import { Hotp, Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import type { Ports } from './ports.ts'
import type { Authenticator, HotpAuthenticator, TotpAuthenticator } from './store.ts'

const ALGORITHMS = { SHA1, SHA256, SHA512 }

/** A row with what makes its codes. */
export type Opened =
  | { readonly kind: 'totp'; readonly row: TotpAuthenticator; readonly otp: Totp }
  | { readonly kind: 'hotp'; readonly row: HotpAuthenticator; readonly otp: Hotp }

export async function openAuthenticator(
  ports: Ports,
  row: Authenticator,
  label?: { issuer: string; account: string },
): Promise<Opened> {
  const { keyId, sealedSecret } = row
  const context = sealingContext(row.accountId, row.id)
  const options = {
    secret: Secret.fromBytes(await ports.vault.open({ keyId, box: sealedSecret }, context)),
    algorithm: ALGORITHMS[row.algorithm],
    digits: row.digits,
    ...label,
  }
  if (row.kind === 'hotp') return { kind: 'hotp', row, otp: new Hotp(options) }
  return { kind: 'totp', row, otp: new Totp({ ...options, periodSeconds: row.periodSeconds }) }
}

/** Ties a sealed secret to its row (R3), whatever its kind. */
export function sealingContext(accountId: string, authenticatorId: string): string {
  return `halfminute/totp/${accountId}/${authenticatorId}`
}
