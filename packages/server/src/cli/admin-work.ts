/** What `halfminute admin` does. */
import { nameOf, summaryFields } from './accounts-work.ts'
import { refused } from './errors.ts'
import type { Io } from './io.ts'
import { confirmed, withOperator } from './operator.ts'
import { printable, table, timeOf } from './server-store.ts'
import { serverSetting } from './server-setting.ts'

/** The invitation alone on standard output; what to do with it beside. */
export async function bootstrap({ database }: { database: string }, io: Io): Promise<number> {
  const baseUrl = await serverSetting('BASE_URL', io)
  const site =
    baseUrl === '' ? `http://localhost:${await serverSetting('PORT', io)}` : new URL(baseUrl).origin
  return withOperator(database, io, async (operator) => {
    const { invitation, expiresAt } = await operator.inviteFirstAdmin()
    io.out(`${invitation}\n`)
    io.err(`Open ${site}/admin/claim, sign in with a second factor, and give it there.\n`)
    io.err(
      `It works once, until ${timeOf(expiresAt)}. Whoever has it first is the administrator.\n`,
    )
    return 0
  })
}

export function listAdmins(
  { database, json }: { database: string; json: boolean },
  io: Io,
): Promise<number> {
  return withOperator(database, io, async (operator) => {
    const admins = await operator.list({ admins: true })
    if (json) for (const one of admins) io.out(`${JSON.stringify(summaryFields(one))}\n`)
    else {
      const since = (seconds: number | null) => `since ${timeOf(seconds ?? 0)}`
      io.out(table(admins.map((one) => [printable(one.id), nameOf(one), since(one.adminSince)])))
    }
    if (admins.length === 0) io.err('There is no administrator.\n')
    return 0
  })
}

export function revokeAdmin(
  { database, account, yes }: { database: string; account: string; yes: boolean },
  io: Io,
): Promise<number> {
  return withOperator(database, io, async (operator) => {
    const accountId = await operator.find(account)
    const who = nameOf((await operator.show(accountId)).account)
    await confirmed(`${who} will be no administrator any more.`, yes, io)
    if (!(await operator.revokeAdmin({ accountId }))) throw refused('that is no administrator')
    io.out(`${who}: no administrator any more\n`)
    return 0
  })
}
