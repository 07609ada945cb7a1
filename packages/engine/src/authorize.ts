/**
 * May this session do that? Asked at the start of every operation of a signed-in person.
 *
 * Promises: an account whose password somebody else seems to know, or that must enrol, can do nothing else
 * first; what changes factors, codes or the password needs a full sign-in of the last five minutes (R35),
 * and a session that rests on a trusted browser is none (R49). On an administrator's account a full sign-in
 * shows a second factor, or a mailbox could add one of its own and be the administrator (R46).
 */
import { EngineError } from './errors.ts'
import type { Client, Ports } from './ports.ts'
import { resumeSession } from './sessions.ts'
import type { Resumed } from './sessions.ts'
import type { Session } from './store.ts'

/** The session's token, as the cookie carries it. */
export interface Bearer {
  readonly token: unknown
  readonly client: Client
}

/**
 * @throws EngineError SESSION_REQUIRED, PASSWORD_CHANGE_REQUIRED, ENROLMENT_REQUIRED,
 *   REAUTHENTICATION_REQUIRED
 */
export async function authorize(
  ports: Ports,
  { token }: Bearer,
  need: { fresh?: boolean; beforeEnrolment?: boolean; beforeNewPassword?: boolean } = {},
): Promise<Resumed> {
  const resumed = await resumeSession(ports, token)
  const { enrolmentRequired, passwordChangeRequired } = resumed.view
  // One after the other, or each would wait for the other one.
  if (passwordChangeRequired) {
    if (need.beforeNewPassword !== true) throw new EngineError('PASSWORD_CHANGE_REQUIRED')
  } else if (enrolmentRequired && need.beforeEnrolment !== true) {
    throw new EngineError('ENROLMENT_REQUIRED')
  }
  if (need.fresh === true) mustBeFresh(ports, resumed)
  return resumed
}

/** @throws EngineError REAUTHENTICATION_REQUIRED */
export function mustBeFresh(ports: Ports, { account, session }: Resumed): void {
  const age = ports.clock.nowSeconds() - session.authTime
  const full = !account.hasSecondFactor || session.aal === 2
  if (age > ports.limits.freshSeconds || !full) {
    throw new EngineError('REAUTHENTICATION_REQUIRED')
  }
  if (account.adminSince !== null) mustHaveShownFactor(session)
}

/**
 * Neither a trusted browser nor a code by mail shows one (R22, R49).
 * @throws EngineError REAUTHENTICATION_REQUIRED
 */
export function mustHaveShownFactor({ aal, amr }: Session): void {
  if (aal < 2 || !amr.includes('mfa')) throw new EngineError('REAUTHENTICATION_REQUIRED')
}

/** What may be done whatever else comes first: look, leave, prove oneself. */
export const ALWAYS = { beforeEnrolment: true, beforeNewPassword: true }

/**
 * What fails because the session was ended while it was at work says so: the store does nothing for a
 * session that is no more.
 */
export async function whileHeld<Answer>(
  ports: Ports,
  { token }: Bearer,
  work: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    await resumeSession(ports, token)
    throw error
  }
}
