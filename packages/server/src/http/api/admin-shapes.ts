/** The shapes of `/api/admin`: what an administrator sends, and what of an account may be shown. */
import { z } from '@hono/zod-openapi'
import type { AccountSummary, AccountDetails } from '@halfminute/engine'
import { Authenticator, isoTime, isoTimeOrNull, Sessions } from '../shapes.ts'
import { authenticatorAnswer } from './authenticators.ts'
import { sessionAnswer } from './records.ts'

const time = z.string().openapi({ format: 'date-time' })
const id = z.string()

export const AccountParameter = z.object({ id })
export const AuthenticatorParameters = z.object({ id, authenticatorId: z.string() })
export const SessionParameters = z.object({ id, sessionId: z.string() })

export const ListQuery = z.object({
  atRisk: z.enum(['true', 'false']).optional().openapi({
    description: 'Only accounts that are locked out once one phone or passkey is lost.',
  }),
  after: z.string().max(255).optional().openapi({ description: 'The `next` of the page before.' }),
})
export const SearchBody = z
  .object({ login: z.string().openapi({ example: 'ada@' }) })
  .openapi('AccountSearch')
export const ClaimBody = z
  .object({ invitation: z.unknown().optional().openapi({ type: 'string' }) })
  .openapi('AdminClaim')

const Summary = z
  .object({
    id,
    login: z.string().nullable(),
    createdAt: time,
    authenticators: z.number(),
    recoveryCodesLeft: z.number(),
    atRisk: z.boolean(),
    adminSince: time.nullable(),
    enrolUntil: time.nullable(),
    passwordSuspectSince: time.nullable(),
  })
  .openapi('AccountSummary')
export const Accounts = z
  .object({ accounts: z.array(Summary), next: id.optional() })
  .openapi('Accounts')
export const Details = z
  .object({
    account: Summary,
    authenticators: z.array(Authenticator),
    sessions: z.array(Sessions.shape.sessions.element.omit({ current: true })),
  })
  .openapi('AccountDetails')
export const Invitation = z
  .object({
    invitation: z.string().openapi({ description: 'Shown this once.' }),
    expiresAt: time,
  })
  .openapi('AdminInvitation')

export function summaryAnswer(one: AccountSummary) {
  return {
    ...one,
    createdAt: isoTime(one.createdAt),
    adminSince: isoTimeOrNull(one.adminSince),
    enrolUntil: isoTimeOrNull(one.enrolUntil),
    passwordSuspectSince: isoTimeOrNull(one.passwordSuspectSince),
  }
}

export function detailsAnswer({ account, authenticators, sessions }: AccountDetails) {
  return {
    account: summaryAnswer(account),
    authenticators: authenticators.map(authenticatorAnswer),
    sessions: sessions.map(sessionAnswer),
  }
}
