/**
 * The two cookies: the session, and the ticket between password and code on the pages.
 * Promises (R31): `__Host-`, Secure, HttpOnly, SameSite=Lax, Path=/; over plain http, which is for
 * localhost only, prefix and Secure fall away, and the start says so.
 */
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { AppEnv } from './app-env.ts'

export interface Cookies {
  readonly session: Cookie
  readonly ticket: Cookie
}

interface Cookie {
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
  }
}

function cookie(plainName: string, secure: boolean, maxAge: number): Cookie {
  const name = secure ? `__Host-${plainName}` : plainName
  const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const
  return {
    read: (c) => getCookie(c, name),
    write: (c, value) => {
      setCookie(c, name, value, { ...attributes, maxAge })
    },
    clear: (c) => {
      deleteCookie(c, name, attributes)
    },
  }
}
