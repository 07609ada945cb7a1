/** What a signed-in person may see and do of the browsers that they trusted. As in `self-service.ts`. */
import { authorize } from './authorize.ts'
import type { Bearer } from './authorize.ts'
import { EngineError } from './errors.ts'
import { newEvent } from './events.ts'
import type { Ports } from './ports.ts'
import type { TrustedBrowser } from './store.ts'
import { trustOf } from './trusted-browsers.ts'

/** The one used last comes first; none where trust is switched off. */
export async function listTrustedBrowsers(
  ports: Ports,
  input: Bearer,
): Promise<(TrustedBrowser & { readonly current: boolean })[]> {
  const { account } = await authorize(ports, input)
  if (ports.trustedBrowserDays === 0) return []
  const here = trustOf(ports, account.id, input.client)?.id
  const all = await ports.store.trustedBrowsers(account.id, ports.clock.nowSeconds())
  return all.map((one) => ({ ...one, current: one.id === here }))
}

/**
 * From now on it is asked for a code; the sessions that rest on it end.
 * @throws EngineError TRUSTED_BROWSER_UNKNOWN
 */
export async function forgetTrustedBrowser(
  ports: Ports,
  input: Bearer & { trustedBrowserId: string },
): Promise<void> {
  const { account } = await authorize(ports, input)
  const { client, trustedBrowserId } = input
  const event = newEvent(ports, { accountId: account.id, kind: 'browser.trust-ended', client })
  const forgotten = await ports.store.forgetTrustedBrowser(account.id, trustedBrowserId, event)
  if (!forgotten) throw new EngineError('TRUSTED_BROWSER_UNKNOWN')
}
