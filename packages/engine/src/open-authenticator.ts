/**
 * An authenticator's secret, opened, as something that makes codes.
 * Promises: a secret opens only for the account and the authenticator that it was sealed for (R3).
 */
import { Secret, SHA1, SHA256, SHA512, Totp } from '@halfminute/otp'
import type { Ports } from './ports.ts'
import type { Authenticator } from './store.ts'

const ALGORITHMS = { SHA1, SHA256, SHA512 }

export async function openTotp(
  ports: Ports,
  authenticator: Authenticator,
  label?: { issuer: string; account: string },
): Promise<Totp> {
  const { keyId, sealedSecret } = authenticator
  const bytes = await ports.vault.open(
    { keyId, box: sealedSecret },
    sealingContext(authenticator.accountId, authenticator.id),
  )
  return new Totp({
    secret: Secret.fromBytes(bytes),
    algorithm: ALGORITHMS[authenticator.algorithm],
    digits: authenticator.digits,
    periodSeconds: authenticator.periodSeconds,
    ...label,
  })
}

/** Ties a sealed secret to its row (R3). */
export function sealingContext(accountId: string, authenticatorId: string): string {
  return `halfminute/totp/${accountId}/${authenticatorId}`
}
