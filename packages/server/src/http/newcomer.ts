/** Who asks to come in: the client, and the session that its browser holds so far, which then ends. */
import type { Context } from 'hono'
import type { Client } from '@halfminute/engine'
import type { AppEnv } from './app-env.ts'
import type { Cookies } from './cookies.ts'

export function newcomer(
  c: Context<AppEnv>,
  { session }: Cookies,
): Client & { readonly present: string | undefined } {
  return { ...c.get('client'), present: session.read(c) }
}
