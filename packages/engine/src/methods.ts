/** By what an account can show its second factor, those first that are best. */
import type { Ports } from './ports.ts'
import { sentMethods } from './sent-codes.ts'
import type { Channel } from './store.ts'
import type { Method } from './verify.ts'

/** What is shown by a code; a passkey is none, so it has a way of its own. */
export type CodeMethod = Method | Channel

export type SignInMethod = CodeMethod | 'passkey'

export async function methodsOf(ports: Ports, accountId: string): Promise<SignInMethod[]> {
  const { store, clock, limits, relyingParty } = ports
  const [passkeys, authenticators, recoveryCodesLeft, sent] = await Promise.all([
    store.passkeys(accountId),
    store.authenticators(accountId, clock.nowSeconds()),
    store.recoveryCodesLeft(accountId),
    sentMethods(ports, accountId),
  ])
  const methods: SignInMethod[] = []
  if (relyingParty && passkeys.some(({ copiedAt }) => copiedAt === null)) methods.push('passkey')
  const usable = authenticators.some(
    ({ state, consecutiveFailures }) =>
      state === 'active' && consecutiveFailures < limits.consecutiveFailures,
  )
  if (usable) methods.push('totp')
  if (recoveryCodesLeft > 0) methods.push('recovery')
  return [...methods, ...sent]
}
