/**
 * The cookies: the session, the ticket between password and code on the pages, and the name of a
 * notice for the next page.
 * Promises (R31): `__Host-`, Secure, HttpOnly, SameSite=Lax, Path=/; over plain http, which is for
 * localhost only, prefix and Secure fall away, and the start says so.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { AppEnv } from './app-env.ts'

/** A notice is for the page right after; it must not wait for a later visit. */
const NOTICE_SECONDS = 60

export interface Cookies {
  readonly session: Cookie
  readonly ticket: Cookie
  readonly notice: Cookie
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
  return {
    session: cookie('halfminute-session', options.secure, options.sessionSeconds),
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
