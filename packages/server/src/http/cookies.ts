/**
 * The cookies: the session, the browser's own name, its trust, the ticket between password and code on the pages,
 * and the name of a notice for the next page.
 * Promises (R31): `__Host-`, Secure, HttpOnly, SameSite=Lax, Path=/; over plain http, which is for
 * localhost only, prefix and Secure fall away, and the start says so.
 */
import type { Context } from 'hono'
import type { SignedIn } from '@halfminute/engine'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { AppEnv } from './app-env.ts'

/** A notice is for the page right after; it must not wait for a later visit. */
const NOTICE_SECONDS = 60
/** As long as its token lives. */
const RESET_SECONDS = 3_600
/** As long as browsers keep a cookie at all. */
const DEVICE_SECONDS = 400 * 86_400

export interface Cookies {
  readonly session: Cookie
  readonly ticket: Cookie
  /** The token for a new password, from a form that has to be filled in again. */
  readonly reset: Cookie
  readonly notice: Cookie
  /** Outlives the session: by it a browser is known at its next sign-in. It opens nothing. */
  readonly device: Cookie
  /** What a trusted browser shows in the place of a code. Another one after each use. */
  readonly trust: Cookie
  /** Hands out the session, and device and trust where they are new. */
  admit(c: Context<AppEnv>, signedIn: SignedIn): void
}

interface Cookie {
  readonly name: string
  read(c: Context<AppEnv>): string | undefined
  write(c: Context<AppEnv>, value: string): void
  clear(c: Context<AppEnv>): void
}

export function cookies(options: {
  secure: boolean
  sessionSeconds: number
  ticketSeconds: number
  trustSeconds: number
}): Cookies {
  const session = cookie('halfminute-session', options.secure, options.sessionSeconds)
  const device = cookie('halfminute-device', options.secure, DEVICE_SECONDS)
  const trust = cookie('halfminute-trust', options.secure, options.trustSeconds)
  return {
    session,
    device,
    trust,
    admit(c, signedIn) {
      session.write(c, signedIn.token)
      if (signedIn.device !== undefined) device.write(c, signedIn.device)
      if (signedIn.trust !== undefined) trust.write(c, signedIn.trust)
    },
    ticket: cookie('halfminute-ticket', options.secure, options.ticketSeconds),
    reset: cookie('halfminute-reset', options.secure, RESET_SECONDS),
    notice: cookie('halfminute-notice', options.secure, NOTICE_SECONDS),
  }
}

function cookie(plainName: string, secure: boolean, maxAge: number): Cookie {
  const name = secure ? `__Host-${plainName}` : plainName
  const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const
  return {
    name,
    read: (c) => getCookie(c, name),
    write: (c, value) => {
      setCookie(c, name, value, { ...attributes, maxAge })
    },
    clear: (c) => {
      deleteCookie(c, name, attributes)
    },
  }
}
