/** The ways to show a second factor that have a page: which one is open, and links to the others. */
import { html } from 'hono/html'
import type { Method, SignInMethod } from '@halfminute/engine'
import type { Html } from './layout.ts'

export type PageMethod = Method | 'passkey'

/** @param address ends with `?` or `&` */
export function otherWays(
  address: string,
  methods: readonly SignInMethod[],
  open?: PageMethod,
): Html[] {
  const links: Record<PageMethod, Html> = {
    passkey: html`<a href="${address}method=passkey">Use a passkey</a>`,
    totp: html`<a href="${address}method=totp">Use your authenticator app</a>`,
    recovery: html`${open === 'passkey' ? 'Lost it?' : 'Lost your phone?'}
      <a href="${address}method=recovery">Use a recovery code</a>`,
  }
  return methods
    .filter(hasPage)
    .filter((method) => method !== open)
    .map((method) => html`<p class="below">${links[method]}</p>`)
}

/** The way that was asked for, where the account has it; else its best one. */
export function openMethod(
  asked: string | undefined,
  methods: readonly SignInMethod[],
): PageMethod {
  const shown = methods.filter(hasPage)
  return shown.find((method) => method === asked) ?? shown[0] ?? 'totp'
}

function hasPage(method: SignInMethod): method is PageMethod {
  return method === 'passkey' || method === 'totp' || method === 'recovery'
}
