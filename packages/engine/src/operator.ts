/**
 * The same help by whoever runs the program, on its machine, beside a running server.
 *
 * Promises: works without the keys, so it could not show a secret if it wanted to; what it does is recorded
 * as done by the operator. Leaves to the machine: who may run it.
 */
import { loginKey } from './accounts.ts'
import * as actions from './admin-actions.ts'
import type { AdminPorts } from './admin-actions.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import { acceptableLimits } from './limits.ts'
import type { Limits } from './limits.ts'
import type { Senders } from './outbox.ts'
import { systemClock, systemRandom } from './ports.ts'
import type { Clock, Random } from './ports.ts'
import { OPERATOR } from './store.ts'
import type { AccountSearch, Store } from './store.ts'

export type Operator = ReturnType<typeof createOperator>

export function createOperator(options: {
  readonly store: Store
  readonly limits?: Partial<Limits>
  /** What the servers send mail with: people are told only where they do. Nothing is sent from here. */
  readonly notify?: Senders
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: the system's. */
  readonly random?: Random
}) {
  const { store, clock = systemClock, random = systemRandom } = options
  const { notify = {} } = options
  const limits = acceptableLimits(options.limits)
  const ports: AdminPorts = { store, clock, random, limits, notify }
  const actor = { id: OPERATOR, client: {} }
  return {
    list: (search: Pick<AccountSearch, 'atRisk' | 'admins' | 'after'> & { limit?: number }) =>
      actions.list(ports, search),
    search: (input: { login: string; limit?: number }) => actions.search(ports, input),
    show: (accountId: string) => actions.show(ports, accountId),
    /** The id of the account with exactly that login, or that id. @throws EngineError ACCOUNT_UNKNOWN */
    find: async (loginOrId: string): Promise<string> => {
      const byLogin = await store.accountByLogin(loginKey(loginOrId))
      const found = byLogin ?? (await store.account(loginOrId))
      if (found === undefined) throw new EngineError('ACCOUNT_UNKNOWN')
      return found.id
    },
    removeAuthenticator: (target: { accountId: string; authenticatorId: string }) =>
      actions.removeAuthenticator(ports, actor, target),
    resetSecondFactor: (target: { accountId: string }) =>
      actions.resetSecondFactor(ports, actor, target),
    endSessions: (target: { accountId: string }) => actions.endSessions(ports, actor, target),
    /** @throws EngineError ADMIN_EXISTS */
    inviteFirstAdmin: () => actions.invite(ports, actor),
    /** @returns false when it is no administrator */
    revokeAdmin: ({ accountId }: { accountId: string }): Promise<boolean> => {
      const kind = 'admin.revoked'
      const event = newEvent(ports, { accountId, kind, factor: OPERATOR, client: {} })
      return store.revokeAdmin(accountId, event)
    },
  }
}
