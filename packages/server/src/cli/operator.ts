/**
 * What the commands for administrators share: the operator on the server's database, refusals in words, and
 * the question before something is taken away.
 */
import { createOperator, EngineError } from '@halfminute/engine'
import type { ErrorCode, Operator } from '@halfminute/engine'
import { refused, usage } from './errors.ts'
import type { Io } from './io.ts'
import { withServerStore } from './server-store.ts'
import { serverSetting } from './server-setting.ts'
import { developmentWay } from '../mail/development.ts'

const REFUSALS: Partial<Record<ErrorCode, readonly [message: string, hint?: string]>> = {
  ACCOUNT_UNKNOWN: ['there is no such account', 'halfminute accounts list --login BEGINNING'],
  ADMIN_EXISTS: [
    'there is an administrator already',
    'an administrator invites another one, on the page /admin; halfminute admin list names them',
  ],
  AUTHENTICATOR_UNKNOWN: [
    'this account has no such authenticator',
    'halfminute accounts show lists them',
  ],
  RESET_NEEDLESS: [
    'this account has no second factor to reset, or was reset already and waits for its person',
  ],
}

/** @throws CliError */
export async function withOperator(
  database: string,
  io: Io,
  work: (operator: Operator) => Promise<number>,
): Promise<number> {
  const limit = async (name: string) => Number(await serverSetting(name, io))
  const limits = {
    consecutiveFailures: await limit('CONSECUTIVE_FAILURES'),
    enrolAfterResetSeconds: await limit('ENROL_AFTER_RESET_SECONDS'),
    sessionIdleSeconds: await limit('SESSION_IDLE_SECONDS'),
    noticesPerHour: await limit('NOTICES_PER_HOUR'),
    unconfirmedNoticesPerDay: await limit('UNCONFIRMED_NOTICES_PER_DAY'),
  }
  // As `mail.ts` decides it: the servers send what is queued here.
  const way = developmentWay({
    production: io.env['NODE_ENV'] === 'production',
    host: await serverSetting('HOST', io),
    baseUrl: (await serverSetting('BASE_URL', io)) || undefined,
  })
  const mails = (await serverSetting('SMTP_URL', io)) !== '' || way === 'shown'
  const notify = mails ? { email: () => Promise.resolve('refused' as const) } : {}
  const clock = { nowSeconds: () => io.nowSeconds() }
  const random = (length: number) => io.randomBytes(length)
  return withServerStore(database, async (store) => {
    try {
      return await work(createOperator({ store, limits, clock, random, notify }))
    } catch (error) {
      const refusal = error instanceof EngineError ? REFUSALS[error.code] : undefined
      throw refusal === undefined ? error : refused(...refusal)
    }
  })
}

/**
 * Goes on after `yes`, by a person or by `--yes`.
 * @throws CliError
 */
export async function confirmed(what: string, yes: boolean, io: Io): Promise<void> {
  if (yes) return
  if (!io.stdin.isTerminal) throw usage('--yes: required where nobody can be asked')
  io.err(`${what}\n`)
  const answer = await io.stdin.line('Type yes to go on: ')
  if (answer.trim().toLowerCase() !== 'yes') throw refused('nothing was changed')
}
