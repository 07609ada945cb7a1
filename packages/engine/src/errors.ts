/**
 * Every failure of the engine that a caller may branch on. One row: stable code, HTTP status, words
 * fit for a stranger. Promises: a code once published is never reused for something else.
 *
 * A refused code or password is an answer, returned by the engine with one of these codes; it is
 * thrown only where the caller skipped a step (no session, no fresh proof) or a part failed.
 */
export const ERRORS = {
  ACCOUNT_UNKNOWN: { status: 404, text: 'There is no such account.' },
  ADMIN_EXISTS: {
    status: 409,
    text: 'There is an administrator already. An administrator can invite another one.',
  },
  ADMIN_LAST_FACTOR: {
    status: 409,
    text: 'An administrator keeps at least one authenticator or passkey. Add another one first.',
  },
  ADMIN_REQUIRED: {
    status: 403,
    text: 'That is for administrators who signed in with a second factor.',
  },
  ADMIN_SELF: {
    status: 409,
    text: 'That is your own account. Change it on its own pages, not as an administrator.',
  },
  AUTHENTICATOR_INVALID: {
    status: 400,
    text: 'That kind of authenticator cannot be made. Periods are 30, 60, 120 or 240 seconds; codes have 6 to 8 digits; algorithms are SHA1, SHA256 and SHA512.',
  },
  AUTHENTICATOR_LIMIT: {
    status: 409,
    text: 'This account has as many authenticators as it can have. Remove one first.',
  },
  AUTHENTICATOR_UNKNOWN: {
    status: 404,
    text: 'There is no such authenticator, or its time to be confirmed is over.',
  },
  BUSY: { status: 503, text: 'The service has too much to do at the moment. Try again shortly.' },
  CODE_MALFORMED: { status: 400, text: 'That does not look like a code of this kind.' },
  CODE_REFUSED: { status: 401, text: 'That code was not accepted.' },
  CODE_REQUIRED: { status: 400, text: 'This account needs a code as well as the password.' },
  DATABASE_DAMAGED: { status: 503, text: 'The database cannot be read.' },
  DATABASE_FOREIGN: { status: 503, text: 'The database belongs to another program.' },
  DATABASE_NEWER: { status: 503, text: 'The database was made by a newer version.' },
  CONTACT_INVALID: {
    status: 400,
    text: 'That is no address that can be reached. Telephone numbers begin with + and the country.',
  },
  CONTACT_UNKNOWN: { status: 404, text: 'There is no such address.' },
  ENROLMENT_REQUIRED: { status: 403, text: 'Set up an authenticator first.' },
  INVITATION_REFUSED: {
    status: 403,
    text: 'That invitation is not valid. Each works once, within an hour.',
  },
  KEY_INVALID: { status: 503, text: 'An encryption key is missing, short or not random.' },
  KEY_MISSING: { status: 503, text: 'The key that this database was made with is not there.' },
  LOGIN_INVALID: {
    status: 400,
    text: 'A login has 1 to 254 characters, without colons and control characters.',
  },
  LOGIN_REFUSED: { status: 401, text: 'The login or the password is wrong.' },
  LOGIN_TAKEN: { status: 409, text: 'That login is taken. Choose another one.' },
  METHOD_UNAVAILABLE: { status: 403, text: 'Codes are not sent that way.' },
  NAME_INVALID: { status: 400, text: 'A name has 1 to 64 characters.' },
  PASSKEYS_OFF: { status: 404, text: 'Passkeys are not set up for this service.' },
  PASSKEY_REFUSED: { status: 401, text: 'That passkey was not accepted.' },
  PASSWORD_CHANGE_REQUIRED: {
    status: 403,
    text: 'Choose a new password first: somebody who has this one tried to sign in.',
  },
  PASSWORD_COMMON: {
    status: 400,
    text: 'That password is easily guessed: it is on lists of common and leaked passwords, or it is the login or the name of this service. Choose another one.',
  },
  PASSWORD_TOO_LONG: { status: 400, text: 'That password is too long.' },
  PASSWORD_TOO_SHORT: { status: 400, text: 'That password is too short.' },
  PASSWORD_UNCHANGED: {
    status: 400,
    text: 'That is the password that somebody else seems to have. Choose another one.',
  },
  REAUTHENTICATION_REQUIRED: {
    status: 403,
    text: 'Confirm that it is you: give your password and a code once more.',
  },
  RESET_NEEDLESS: {
    status: 409,
    text: 'This account has no second factor to reset, or was reset already and waits for its person.',
  },
  RESET_REFUSED: {
    status: 401,
    text: 'That link or code for a new password is over, or a newer one was sent. Ask for another one.',
  },
  SESSION_REQUIRED: { status: 401, text: 'Sign in first.' },
  SESSION_UNKNOWN: { status: 404, text: 'There is no such session.' },
  STORE_UNAVAILABLE: { status: 503, text: 'The service cannot answer at the moment. Try again.' },
  TICKET_REFUSED: {
    status: 401,
    text: 'This sign-in is over. Start again with your password.',
  },
  TOO_MANY_ATTEMPTS: { status: 429, text: 'Too many attempts. Try again later.' },
  TRUSTED_BROWSER_UNKNOWN: { status: 404, text: 'There is no such trusted browser.' },
  VAULT_UNREADABLE: { status: 503, text: 'The service cannot answer at the moment. Try again.' },
} as const satisfies Record<string, { status: number; text: string }>

export type ErrorCode = keyof typeof ERRORS

export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: ErrorCode
  /** For the operator's log only. Never holds a secret, a password, a code or a token. */
  readonly detail: string | undefined

  constructor(code: ErrorCode, options: { detail?: string; cause?: unknown } = {}) {
    super(ERRORS[code].text, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.detail = options.detail
  }
}
