/** By what an account can show its second factor, those first that are best. */
import type { Ports } from './ports.ts'
import type { Method } from './verify.ts'

/** A passkey is no code, so it has a way of its own. */
export type SignInMethod = Method | 'passkey'

export async function methodsOf(ports: Ports, accountId: string): Promise<SignInMethod[]> {
  const { store, clock, limits, relyingParty } = ports
  const [passkeys, authenticators, recoveryCodesLeft] = await Promise.all([
    store.passkeys(accountId),
    store.authenticators(accountId, clock.nowSeconds()),
    store.recoveryCodesLeft(accountId),
  ])
  const methods: SignInMethod[] = []
  if (relyingParty && passkeys.some(({ copiedAt }) => copiedAt === null)) methods.push('passkey')
  const usable = authenticators.some(
    ({ state, consecutiveFailures }) =>
      state === 'active' && consecutiveFailures < limits.consecutiveFailures,
  )
  if (usable) methods.push('totp')
  if (recoveryCodesLeft > 0) methods.push('recovery')
  return methods
}
