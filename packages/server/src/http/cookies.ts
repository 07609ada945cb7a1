/**
 * The cookies: the session, the browser's own name, the ticket between password and code on the pages,
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
/** As long as browsers keep a cookie at all. */
const DEVICE_SECONDS = 400 * 86_400

export interface Cookies {
  readonly session: Cookie
  readonly ticket: Cookie
  readonly notice: Cookie
  /** Outlives the session: by it a browser is known at its next sign-in. It opens nothing. */
  readonly device: Cookie
  /** Hands out the session, and the device where it is a new one. */
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
}): Cookies {
  const session = cookie('halfminute-session', options.secure, options.sessionSeconds)
  const device = cookie('halfminute-device', options.secure, DEVICE_SECONDS)
  return {
    session,
    device,
    admit(c, signedIn) {
      session.write(c, signedIn.token)
      if (signedIn.device !== undefined) device.write(c, signedIn.device)
    },
    ticket: cookie('halfminute-ticket', options.secure, options.ticketSeconds),
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
