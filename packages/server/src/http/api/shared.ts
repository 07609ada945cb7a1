/** What the API's routes share: the bearer of a session, common refusals, common answers. */
import type { Context } from 'hono'
import type { Bearer, SessionView } from '@halfminute/engine'
import type { AppEnv } from '../app-env.ts'
import type { Face } from '../app.ts'
import { Problem } from '../problems.ts'
import type { ProblemCode } from '../problems.ts'

/** What every route for a signed-in person may answer. */
export const SESSION: readonly ProblemCode[] = [
  'SESSION_REQUIRED',
  'ENROLMENT_REQUIRED',
  'PASSWORD_CHANGE_REQUIRED',
]
/** And what those add that change something important. */
export const FRESH: readonly ProblemCode[] = [...SESSION, 'REAUTHENTICATION_REQUIRED']
/** The same for those that an account may use which has yet to enrol. */
export const FRESH_UNENROLLED: readonly ProblemCode[] = [
  'SESSION_REQUIRED',
  'PASSWORD_CHANGE_REQUIRED',
  'REAUTHENTICATION_REQUIRED',
]
export const CODE: readonly ProblemCode[] = ['CODE_MALFORMED', 'CODE_REFUSED', 'TOO_MANY_ATTEMPTS']
export const PASSKEY: readonly ProblemCode[] = ['CODE_MALFORMED', 'PASSKEY_REFUSED']

export function bearerOf(cookies: Face['cookies']) {
  return (c: Context<AppEnv>): Bearer => ({
    token: cookies.session.read(c),
    client: c.get('client'),
  })
}

export function signedInAnswer({ session, recoveryCodesLeft }: SignInAnswer) {
  return {
    status: 'signed_in' as const,
    ...(session.enrolmentRequired && { enrolmentRequired: true }),
    ...(session.passwordChangeRequired && { passwordChangeRequired: true }),
    ...(session.trustedBrowser && { trustedBrowser: true }),
    ...(recoveryCodesLeft !== undefined && { recoveryCodesLeft }),
  }
}

interface SignInAnswer {
  readonly session: SessionView
  readonly recoveryCodesLeft?: number
}

/** A body that is not JSON would be read as an empty one; better to say so. */
export async function requireJson(c: Context<AppEnv>, next: () => Promise<void>): Promise<void> {
  const { headers } = c.req.raw
  const hasBody = headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0
  const isJson = /^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '')
  if (hasBody && !isJson) throw new Problem('UNSUPPORTED_MEDIA_TYPE')
  await next()
}
