/** The shapes of requests and answers: checked on the way in, described in OpenAPI on the way out. */
import { z } from '@hono/zod-openapi'

const time = z.string().openapi({ format: 'date-time', example: '2026-11-22T19:05:00Z' })
const id = z.string().openapi({ example: '9f86d081884c7d659a2feaa0c55ad015' })

/** Anything may come in; the engine says what is a code, so that every face says the same. */
const code = z.unknown().optional().openapi({ type: 'string', example: '492039' })
const ticket = z.unknown().optional().openapi({ type: 'string' })
const trustedBrowser = z.boolean().optional().openapi({
  description: 'No code was asked for, as the browser is trusted. Changes ask for one.',
})
const method = z.enum(['totp', 'recovery'])
/** What a browser answers, as `toJSON` writes it. */
const response = z
  .unknown()
  .optional()
  .openapi({ type: 'object', description: 'A PublicKeyCredential as JSON.' })
const channel = z.enum(['email', 'sms'])
const codeMethod = z.enum([...method.options, ...channel.options])
const signInMethod = z.enum([...codeMethod.options, 'passkey'])

export const LoginBody = z
  .object({
    login: z.string().openapi({ example: 'ada@example.com' }),
    password: z.string().openapi({ format: 'password' }),
  })
  .openapi('Credentials')

export const CodeBody = z
  .object({
    ticket,
    method: codeMethod.default('totp'),
    code,
    trustBrowser: z.boolean().optional().openapi({
      description: 'Ask for no code in this browser for a while. Counts where that is switched on.',
    }),
  })
  .openapi('CodeRequest')

export const SendBody = z.object({ ticket, method: channel }).openapi('SendRequest')

export const ReauthenticationBody = z
  .object({
    password: z.string().openapi({ format: 'password' }),
    method: z.enum([...method.options, 'passkey']).optional(),
    code,
    response,
  })
  .openapi('ReauthenticationRequest')

export const TicketBody = z.object({ ticket }).openapi('TicketRequest')
export const PasskeySignInBody = z.object({ ticket, response }).openapi('PasskeySignInRequest')
export const PasskeyBody = z
  .object({ name: z.string().openapi({ example: 'My passkey' }), response })
  .openapi('PasskeyRequest')

export const EnrolmentBody = z
  .object({
    kind: z.enum(['totp', 'hotp']),
    name: z.string().openapi({ example: 'phone' }),
    periodSeconds: z
      .number()
      .optional()
      .openapi({ enum: [30, 60, 120, 240], default: 30 }),
    digits: z
      .number()
      .optional()
      .openapi({ enum: [6, 7, 8], default: 6 }),
    algorithm: z
      .string()
      .optional()
      .openapi({ enum: ['SHA1', 'SHA256', 'SHA512'], default: 'SHA1' }),
  })
  .openapi('EnrolmentRequest')

export const ConfirmationBody = z.object({ code }).openapi('ConfirmationRequest')
export const ResynchronisationBody = z
  .object({
    codes: z
      .unknown()
      .optional()
      .openapi({ type: 'array', items: { type: 'string' }, example: ['492039', '770123'] }),
  })
  .openapi('ResynchronisationRequest')
export const NameBody = z.object({ name: z.string() }).openapi('NameRequest')
export const PasswordBody = z
  .object({ newPassword: z.string().openapi({ format: 'password' }) })
  .openapi('PasswordRequest')
export const ForgottenBody = z
  .object({ login: z.string().openapi({ example: 'ada@example.com' }) })
  .openapi('ForgottenRequest')
export const PasswordResetBody = z
  .object({ token: ticket, newPassword: z.string().openapi({ format: 'password' }) })
  .openapi('PasswordResetRequest')
export const IdParameter = z.object({ id })
export const ChannelParameter = z.object({ channel })
export const AddressBody = z
  .object({ address: z.string().openapi({ example: 'ada@example.com' }) })
  .openapi('AddressRequest')

const Account = z.object({ id, login: z.string() }).openapi('Account')
export const Registered = z.object({ account: Account }).openapi('Registered')
export const SignInAnswer = z
  .object({
    status: z.enum(['second_factor', 'signed_in']),
    ticket: z
      .string()
      .optional()
      .openapi({ description: 'With second_factor: give it back with the code.' }),
    methods: z.array(signInMethod).optional(),
    trustBrowserDays: z.number().optional().openapi({
      description: 'With second_factor: how long trustBrowser would hold; absent where it is off.',
    }),
    enrolmentRequired: z.boolean().optional(),
    trustedBrowser,
  })
  .openapi('SignInAnswer')
export const SignedIn = z
  .object({
    status: z.literal('signed_in'),
    enrolmentRequired: z.boolean().optional(),
    passwordChangeRequired: z.boolean().optional(),
    browserTrusted: z
      .boolean()
      .optional()
      .openapi({ description: 'trustBrowser was asked for and given.' }),
    recoveryCodesLeft: z.number().optional().openapi({
      description: 'After a recovery code, and whenever three or fewer are left.',
    }),
  })
  .openapi('SignedIn')
export const CodeSent = z
  .object({ expiresAt: time.openapi({ description: 'The end of the code.' }) })
  .openapi('CodeSent')
export const Contacts = z
  .object({
    contacts: z.array(
      z.object({
        channel,
        address: z.string().nullable(),
        confirmedAt: time.nullable(),
        pending: z.object({ address: z.string(), expiresAt: time }).nullable().openapi({
          description: 'The address that this session has had a code sent to.',
        }),
      }),
    ),
  })
  .openapi('Contacts')
export const Session = z
  .object({
    account: Account,
    aal: z.union([z.literal(1), z.literal(2)]),
    amr: z.array(z.string()),
    authTime: time,
    expiresAt: time,
    admin: z.boolean().optional(),
    enrolmentRequired: z.boolean().optional(),
    passwordChangeRequired: z.boolean().optional(),
    trustedBrowser,
  })
  .openapi('Session')
/** How far its clock is off, where it is. */
const clock = {
  phoneBehindSeconds: z.number().optional(),
  phoneAheadSeconds: z.number().optional(),
}
export const Authenticator = z
  .object({
    id,
    kind: z.enum(['totp', 'hotp', 'passkey']),
    name: z.string(),
    state: z.enum(['pending', 'active', 'disabled']),
    createdAt: time,
    lastUsedAt: time.nullable(),
    ...clock,
  })
  .openapi('Authenticator')
export const Authenticators = z
  .object({ authenticators: z.array(Authenticator) })
  .openapi('Authenticators')
export const Enrolment = z
  .object({
    id,
    secret: z.string().openapi({ description: 'Base32; shown while pending, never again.' }),
    uri: z.string(),
    qr: z.object({ svg: z.string() }),
    expiresAt: time,
    warnings: z.array(z.string()),
  })
  .openapi('Enrolment')
export const PasskeyOptions = z
  .object({ options: z.looseObject({ challenge: z.string() }) })
  .openapi('PasskeyOptions')
export const PasskeyAdded = z
  .object({ id, recoveryCodes: z.array(z.string()).optional() })
  .openapi('PasskeyAdded')
export const RecoveryCodes = z
  .object({ recoveryCodes: z.array(z.string()) })
  .openapi('RecoveryCodes')
export const Confirmed = z
  .object({ recoveryCodes: z.array(z.string()).optional() })
  .openapi('Confirmed')
export const Resynchronised = z.object(clock).openapi('Resynchronised')
export const RecoveryCodesLeft = z.object({ remaining: z.number() }).openapi('RecoveryCodesLeft')
export const Sessions = z
  .object({
    sessions: z.array(
      z.object({
        id,
        current: z.boolean(),
        aal: z.union([z.literal(1), z.literal(2)]),
        amr: z.array(z.string()),
        authTime: time,
        createdAt: time,
        lastSeenAt: time,
        expiresAt: time,
        source: z.string().nullable(),
        userAgent: z.string().nullable(),
        trustedBrowser: z.boolean(),
      }),
    ),
  })
  .openapi('Sessions')
export const TrustedBrowsers = z
  .object({
    trustedBrowsers: z.array(
      z.object({
        id,
        current: z.boolean(),
        createdAt: time,
        lastUsedAt: time,
        expiresAt: time,
        source: z.string().nullable(),
        userAgent: z.string().nullable(),
      }),
    ),
  })
  .openapi('TrustedBrowsers')
export const Events = z
  .object({
    events: z.array(
      z.object({
        sequence: z.number(),
        at: time,
        kind: z.string(),
        result: z.enum(['accepted', 'refused']),
        factor: z.string().nullable(),
        source: z.string().nullable(),
      }),
    ),
  })
  .openapi('Events')
export const ProblemShape = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string().openapi({ description: 'A stable name from docs/errors.md.' }),
    errors: z.array(z.object({ member: z.string(), text: z.string() })).optional(),
    phoneBehindSeconds: z.number().optional().openapi({
      description: 'With CODE_REFUSED, of a code whose time is over: how far the phone is behind.',
    }),
    phoneAheadSeconds: z.number().optional().openapi({
      description: 'With CODE_REFUSED, while confirming a new authenticator only.',
    }),
  })
  .openapi('Problem')

/** Unix seconds as ISO 8601 in UTC. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

export function isoTimeOrNull(seconds: number | null): string | null {
  return seconds === null ? null : isoTime(seconds)
}
