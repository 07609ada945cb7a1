/**
 * Everything impure that the engine touches, in one object. The public defaults for the clock and
 * for randomness stand here and nowhere else, so that a test moves time by handing in its own clock.
 */
import { randomBytes } from 'node:crypto'
import type { Limits } from './limits.ts'
import type { Senders } from './outbox.ts'
import type { Passwords } from './passwords.ts'
import type { RelyingParty } from './relying-party.ts'
import type { Channel, Store } from './store.ts'
import type { Vault } from './vault.ts'

export interface Clock {
  /** Unix time in whole seconds. */
  nowSeconds(): number
}

/** That many unpredictable bytes. */
export type Random = (length: number) => Uint8Array

/** `always`: an account must enrol before it may do anything else. */
export type SecondFactorPolicy = 'always' | 'optional'

/** By which ways codes are sent to sign in with. */
export type SentCodes = Readonly<Record<Channel, boolean>>

export interface Ports {
  readonly store: Store
  readonly vault: Vault
  readonly passwords: Passwords
  readonly clock: Clock
  readonly random: Random
  readonly limits: Limits
  readonly issuer: string
  /** What sends messages; a channel without a sender is not there. */
  readonly notify: Senders
  readonly sentCodes: SentCodes
  readonly secondFactor: SecondFactorPolicy
  /** Without one there are no passkeys. */
  readonly relyingParty?: RelyingParty | undefined
  /** How long a browser may be trusted; 0: not at all. */
  readonly trustedBrowserDays: number
}

/** Who asks, as the edge saw it. Recorded with events and sessions, never trusted. */
export interface Client {
  /** Network address. */
  readonly source?: string | undefined
  readonly userAgent?: string | undefined
  /** Token of a browser that signed in before, from its cookie. Opens nothing; see `devices.ts`. */
  readonly device?: string | undefined
  /** Token of a browser that is trusted, from its cookie; see `trusted-browsers.ts`. */
  readonly trust?: string | undefined
}

export const systemClock: Clock = { nowSeconds: () => Math.floor(Date.now() / 1000) }

export const systemRandom: Random = (length) => new Uint8Array(randomBytes(length))
