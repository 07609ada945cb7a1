/**
 * The engine's public face: `createEngine` puts the parts together and says what an app may call.
 *
 * Promises: whatever calls it (page, API, app) meets the same rules; a store, vault or limiter that
 * fails means refusal. Does no HTTP, no mail, keeps nothing in memory that servers would have to share.
 */
import * as accounts from './accounts.ts'
import * as admin from './admin.ts'
import * as authenticators from './authenticators.ts'
import type { EnrolmentRequest } from './enrolment-choices.ts'
import * as contactService from './contact-service.ts'
import * as contacts from './contacts.ts'
import { newEvent } from './events.ts'
import { verifyEvents } from './verify-events.ts'
import type { EventVerification } from './verify-events.ts'
import { acceptableLimits } from './limits.ts'
import type { Limits } from './limits.ts'
import { checkKeys, resealAll } from './keys.ts'
import type { Resealing } from './keys.ts'
import * as login from './login.ts'
import type { CodeMethod } from './methods.ts'
import { once } from './once.ts'
import { deliver } from './outbox.ts'
import type { Senders } from './outbox.ts'
import * as passwordReset from './password-reset.ts'
import { argon2idPasswords } from './passwords.ts'
import { systemClock, systemRandom } from './ports.ts'
import type { Client, Clock, Ports, Random, SecondFactorPolicy, SentCodes } from './ports.ts'
import { replaceRecoveryCodes } from './recovery.ts'
import * as passkeyLogin from './passkey-login.ts'
import * as passkeyService from './passkey-service.ts'
import { acceptableRelyingParty } from './relying-party.ts'
import type { RelyingPartyOptions } from './relying-party.ts'
import * as sentCodeLogin from './sent-code-login.ts'
import * as selfService from './self-service.ts'
import { resynchronise, resynchroniseAuthenticator } from './resynchronise.ts'
import * as selfTrustedBrowsers from './self-trusted-browsers.ts'
import type { Channel, Event, Store } from './store.ts'
import { acceptableTrustedBrowserDays } from './trusted-browsers.ts'
import { keyringVault } from './vault.ts'
import type { Keyring, Vault } from './vault.ts'
import { proveSecondFactor, refuseCode } from './verify.ts'
import type { Method, Refusal } from './verify.ts'

export interface EngineOptions {
  readonly store: Store
  /** Encrypts the secrets, outside the database: keys, or a vault with a key service behind it. */
  readonly keyring: Keyring | Vault
  /** Shown in the authenticator app. No colon. */
  readonly issuer: string
  /** `always` (the default): an account must enrol before it may do anything else. */
  readonly secondFactor?: SecondFactorPolicy
  /** The site that passkeys are made for; without it none are offered. */
  readonly relyingParty?: RelyingPartyOptions
  readonly limits?: Partial<Limits>
  /** What sends mail and SMS. Without it nobody is told anything; see `outbox.deliver`. */
  readonly notify?: Senders
  /** For how many days a person may have a browser trusted, so that it is asked for no code; at most 30. Default 0: not at all. */
  readonly trustedBrowserDays?: number
  /** Codes that are sent to sign in with; each needs its sender in `notify`. Default: neither (R22). */
  readonly sentCodes?: Partial<SentCodes>
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: the system's. */
  readonly random?: Random
}

export type Verification =
  { readonly ok: true; readonly method: Method; readonly authenticatorId?: string } | Refusal

export type Engine = ReturnType<typeof createEngine>

export function createEngine(options: EngineOptions) {
  const random = options.random ?? systemRandom
  const issuer = acceptableIssuer(options.issuer)
  const ports: Ports = {
    store: options.store,
    vault: 'seal' in options.keyring ? options.keyring : keyringVault(options.keyring, random),
    passwords: argon2idPasswords(random),
    clock: options.clock ?? systemClock,
    random,
    limits: acceptableLimits(options.limits),
    issuer,
    relyingParty: options.relyingParty && acceptableRelyingParty(options.relyingParty, issuer),
    notify: options.notify ?? {},
    sentCodes: acceptableSentCodes(options),
    secondFactor: options.secondFactor ?? 'always',
    trustedBrowserDays: acceptableTrustedBrowserDays(options.trustedBrowserDays),
  }
  const ready = once(() => checkKeys(ports))

  return {
    /** Opens, migrates and checks the keys. @throws EngineError DATABASE_*, KEY_MISSING */
    ready,
    /** For how many days a browser may be trusted; 0: not at all. */
    trustedBrowserDays: ports.trustedBrowserDays,
    /** By which ways codes are sent to sign in with. */
    sentCodes: ports.sentCodes,
    /** Answers when the database does. */
    ping: () => ports.store.ping(),
    close: () => ports.store.close(),
    /** Are passkeys offered? */
    hasPasskeys: ports.relyingParty !== undefined,

    accounts: {
      register: async (input: { login: string; password: string } & Client) => {
        const account = await accounts.register(ports, { ...input, client: input })
        return { id: account.id, login: account.login ?? '' }
      },
    },

    /** For apps that keep their own users: `accountId` is the app's own id, the app says who may ask. */
    authenticators: {
      enrol: async (input: { accountId: string } & EnrolmentRequest & Client) => {
        await ready()
        return authenticators.enrol(ports, { ...input, client: input })
      },
      pending: (input: { accountId: string; authenticatorId: string }) =>
        authenticators.pendingEnrolment(ports, input),
      confirm: (input: { accountId: string; authenticatorId: string; code: unknown } & Client) =>
        authenticators.confirm(ports, { ...input, client: input }),
      list: (input: { accountId: string }) => authenticators.list(ports, input),
      rename: (input: { accountId: string; authenticatorId: string; name: string }) =>
        authenticators.rename(ports, input),
      /** Two codes in a row set right whose clock or count is off; how far is remembered. */
      resynchronise: (
        input: { accountId: string; authenticatorId: string; codes: unknown } & Client,
      ) => resynchronise(ports, { ...input, client: input }),
      remove: (input: { accountId: string; authenticatorId: string } & Client) =>
        authenticators.remove(ports, { ...input, client: input }),
    },

    recoveryCodes: {
      left: ({ accountId }: { accountId: string }) => ports.store.recoveryCodesLeft(accountId),
      replace: ({ accountId, ...client }: { accountId: string } & Client) =>
        replaceRecoveryCodes(ports, { accountId, client }),
    },

    /** For apps that know their users' addresses: what they say is confirmed counts as that. */
    contacts: {
      list: (input: { accountId: string }) => ports.store.contacts(input.accountId),
      /** @throws EngineError CONTACT_INVALID */
      set: async (input: contacts.NewContact & { accountId: string } & Client) => {
        await ready()
        return contacts.set(ports, { ...input, client: input })
      },
      /** @throws EngineError CONTACT_UNKNOWN */
      remove: (input: { accountId: string; channel: Channel } & Client) =>
        contacts.remove(ports, { ...input, client: input }),
    },

    /** Checks and spends a code for an app that keeps its own sign-in. Accepts each code once, ever. */
    verify: (
      input: { accountId: string; code: unknown; method?: Method | undefined } & Client,
    ): Promise<Verification> => verify(ports, input),

    /** For the operator: changing the keys while servers run. docs/keys.md says how. */
    keys: {
      /** How many secrets each key seals. */
      usage: () => ports.store.sealedByKey(),
      /** Moves every secret to the first key of the ring; may be stopped and begun again at any point. */
      reseal: async (onProgress?: (moved: number) => void): Promise<Resealing> => {
        await ready()
        return resealAll(ports, onProgress)
      },
      /** Takes a key off the record. @returns false when it still seals something or is the only one */
      retire: (id: string) => ports.store.retireKey(id),
    },

    /** The newest events of an account, newest first. */
    events: (input: { accountId: string; limit?: number }): Promise<Event[]> =>
      ports.store.events(input.accountId, input.limit ?? 100),

    outbox: {
      /** Sends what is due, through `notify`. To be called every second or so, by every server. */
      deliver: (stopping?: AbortSignal) => deliver(ports, stopping),
      /** How many messages wait, and since when the oldest does (Unix seconds). */
      waiting: () => ports.store.messagesWaiting(),
    },

    /** Removes rows that nothing looks at any more. To be called now and then, by any server. */
    sweep: () => ports.store.sweep(ports.clock.nowSeconds()),

    /** Checks the chains of events, account by account. */
    verifyEvents: (input: EventVerification = {}) => verifyEvents(ports.store, input),

    /**
     * `present` is the token that the browser holds already; a sign-in ends that session. Both steps take the
     * same `device` and `userAgent`: a ticket serves the browser that asked for it.
     */
    login: {
      register: async (input: Credentials & Client) => {
        await ready()
        return login.register(ports, { ...input, client: input })
      },
      password: async (input: Credentials & Client) => {
        await ready()
        return login.password(ports, { ...input, client: input })
      },
      /** Sends a code, where that is switched on and the account has a confirmed address for it. */
      send: async (input: { ticket?: unknown; method: Channel } & Client) => {
        await ready()
        return sentCodeLogin.send(ports, { ...input, client: input })
      },
      code: async (
        input: {
          ticket?: unknown
          method: CodeMethod
          code?: unknown
          present?: unknown
          /** `true`: ask for no code in this browser for a while. Counts where that is switched on. */
          trustBrowser?: unknown
        } & Client,
      ) => {
        await ready()
        return login.code(ports, { ...input, client: input })
      },
      /** By what the account of a ticket can show its second factor; empty where the ticket is over. */
      methods: async (input: { ticket?: unknown } & Client) => {
        await ready()
        return passkeyLogin.ticketMethods(ports, { ...input, client: input })
      },
      /** For `navigator.credentials.get`: five minutes, for this ticket only, in the place of the one before. */
      passkeyOptions: async (input: { ticket?: unknown } & Client) => {
        await ready()
        return passkeyLogin.options(ports, { ...input, client: input })
      },
      /** In the place of `code`: what the browser answered to `passkeyOptions`. */
      passkey: async (
        input: { ticket?: unknown; response?: unknown; present?: unknown } & Client,
      ) => {
        await ready()
        return passkeyLogin.passkey(ports, { ...input, client: input })
      },
    },

    /** For who has forgotten the password: a token goes to the account's address, and sets a new one. */
    passwordReset: {
      /** Ends alike, and as soon, whether or not there is such an account. */
      ask: async (input: { login: string } & Client) => {
        await ready()
        return passwordReset.ask(ports, { login: input.login, client: input })
      },
      /** Signs nobody in. @throws EngineError PASSWORD_*, BUSY: the token stays good */
      set: async (input: { token?: unknown; newPassword: string } & Client) => {
        await ready()
        return passwordReset.set(ports, { ...input, client: input })
      },
    },

    /** For a signed-in person, by the session's token. Throws SESSION_REQUIRED and its like. */
    self: bindAll(ports, ready, {
      ...selfService,
      ...passkeyService,
      ...selfTrustedBrowsers,
      resynchroniseAuthenticator,
      ...contactService,
    }),

    /** For an administrator, likewise. Throws ADMIN_REQUIRED as well; never answers with a secret. */
    admin: bindAll(ports, ready, admin),
  }
}

interface Credentials {
  readonly login: string
  readonly password: string
  readonly present?: unknown
}

type Bound<Operations> = {
  [Name in keyof Operations]: Operations[Name] extends (
    ports: Ports,
    input: infer Input,
  ) => infer Answer
    ? (input: Input) => Answer
    : never
}

/** Each operation of the module with its ports filled in; none runs before the keys were checked. */
function bindAll<Operations extends object>(
  ports: Ports,
  ready: () => Promise<void>,
  operations: Operations,
): Bound<Operations> {
  const bound = Object.entries(operations).map(([name, operation]) => [
    name,
    async (input: unknown) => {
      await ready()
      return (operation as (ports: Ports, input: unknown) => unknown)(ports, input)
    },
  ])
  return Object.fromEntries(bound) as Bound<Operations>
}

async function verify(
  ports: Ports,
  input: { accountId: string; code: unknown; method?: Method | undefined } & Client,
): Promise<Verification> {
  const { accountId, method = 'totp' } = input
  const attempt = { accountId, method, code: input.code, client: input }
  const proven = await proveSecondFactor(ports, attempt)
  if (!proven.ok) return proven
  const { spend, counted } = proven.proof
  const event = newEvent(ports, { accountId, kind: 'verification', factor: method, client: input })
  const use = { accountId, now: ports.clock.nowSeconds(), event, returnTry: counted.try }
  if (spend.kind === 'recovery') {
    const used = await ports.store.useRecoveryCode({ ...use, lookup: spend.lookup })
    return used ? { ok: true, method } : refuseCode(ports, attempt, counted)
  }
  const { kind: _, ...used } = spend
  const { authenticatorId } = used
  const spent = await ports.store.spendStep({ ...use, ...used })
  return spent ? { ok: true, method, authenticatorId } : refuseCode(ports, attempt, counted)
}

function acceptableSentCodes({ notify = {}, sentCodes = {} }: EngineOptions): SentCodes {
  for (const channel of ['email', 'sms'] as const) {
    if (sentCodes[channel] === true && notify[channel] === undefined) {
      throw new RangeError(
        `sentCodes.${channel}: expected notify.${channel} to send the codes with`,
      )
    }
  }
  return { email: sentCodes.email === true, sms: sentCodes.sms === true }
}

function acceptableIssuer(issuer: string): string {
  const text = issuer.normalize('NFC').trim()
  if (text === '' || text.length > 64 || /[:\p{Cc}]/u.test(text)) {
    throw new RangeError('issuer: expected 1 to 64 characters, without colons')
  }
  return text
}
