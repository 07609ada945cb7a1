/**
 * A forgotten password, set anew by whoever reads the account's mail (R37).
 *
 * Promises: asking answers and costs the same whether or not there is such an account (R29), and is limited
 * for each login and each network; a token works once, for an hour, while the password is still the one it
 * was asked for; setting a password signs nobody in and touches no second factor. While a login's budget is
 * used up the newest token is less than an hour old, so that no stranger who asks shuts its owner out.
 * A password that came by mail and a code that comes by mail would be one factor and not two, so the
 * address has to be confirmed anew, with another factor, before codes go there again.
 * Leaves to the sender: the link and its words.
 */
import { loginKey } from './accounts.ts'
import { newEvent } from './events.ts'
import { messageData } from './notices.ts'
import { sealForMessage } from './outbox.ts'
import { acceptableNewPassword } from './passwords.ts'
import { resetPool, resetSourcePool } from './pools.ts'
import type { Client, Ports } from './ports.ts'
import { networkOf } from './sources.ts'
import type { NewMessage } from './store.ts'
import { hashOf, newId, newToken, readToken } from './tokens.ts'
import { countTry, NOBODY, recordFailure } from './tries.ts'

/** The budget of asking is by the hour as well; see above. */
const LIFE_SECONDS = 3_600

/** Sends a token to the account's address, where there is one. Where nothing sends mail nothing happens. */
export async function ask(ports: Ports, input: { login: string; client: Client }): Promise<void> {
  if (ports.notify.email === undefined) return
  const { client } = input
  const key = loginKey(input.login)
  const account = await ports.store.accountByLogin(key)
  // What is not there is written for nobody: the same statements, and a message without an address.
  const accountId = account?.id ?? NOBODY
  const kind = 'password.reset-asked'
  if (!(await withinBudget(ports, key, client))) {
    await recordFailure(ports, { accountId, kind, client, counted: undefined })
    return
  }
  const at = ports.clock.nowSeconds()
  const expiresAt = at + LIFE_SECONDS
  const { token, ...reference } = newToken(ports.random, accountId)
  const id = newId(ports.random)
  const message: NewMessage = {
    id,
    accountId,
    channel: 'email',
    lane: 'code',
    kind: 'password-reset-link',
    data: messageData(client),
    sealed: await sealForMessage(ports, token, { accountId, id }),
    at,
    expiresAt,
  }
  const result = account === undefined ? 'refused' : 'accepted'
  await ports.store.beginPasswordReset(
    { ...reference, passwordVersion: account?.passwordVersion ?? 0, expiresAt },
    { ...newEvent(ports, { accountId, kind, client, result }), message },
  )
}

/** Nobody's asking is given back: each may have sent a message. */
async function withinBudget(ports: Ports, key: string, client: Client): Promise<boolean> {
  const network = networkOf(client.source)
  if (network !== undefined) {
    const { status } = await countTry(ports, resetSourcePool(ports.limits, network))
    if (status !== 'counted') return false
  }
  const { status } = await countTry(ports, resetPool(ports.limits, hashOf(key)))
  return status === 'counted'
}

export type PasswordReset =
  { readonly status: 'set' } | { readonly status: 'refused'; readonly code: 'RESET_REFUSED' }

/**
 * Sets the password and ends every session, unfinished sign-in and known browser of the account.
 * @throws EngineError PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, PASSWORD_COMMON, PASSWORD_UNCHANGED, BUSY: the
 *   token stays good
 */
export async function set(
  ports: Ports,
  input: { token?: unknown; newPassword: string; client: Client },
): Promise<PasswordReset> {
  const { client, newPassword } = input
  const reference = readToken(input.token)
  if (reference === undefined) return refused
  const now = ports.clock.nowSeconds()
  const account = await ports.store.passwordResetAccount(reference, now)
  if (account === undefined) return refused
  const accepted = await acceptableNewPassword(ports, account, newPassword)
  const done = await ports.store.resetPassword({
    ...reference,
    now,
    fromVersion: account.passwordVersion,
    passwordHash: await ports.passwords.hash(accepted),
    event: newEvent(ports, { accountId: account.id, kind: 'password.reset', client }),
  })
  return done ? { status: 'set' } : refused
}

const refused: PasswordReset = { status: 'refused', code: 'RESET_REFUSED' }
