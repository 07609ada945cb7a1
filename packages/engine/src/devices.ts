/**
 * Browsers that an account knows, because a full sign-in was made with them.
 *
 * Promises: a device token only decides in whose budget a wrong try is counted; it never signs in and
 * never stands for a factor. It is bound to its account and dies with the password it was made under.
 */
import type { Client, Ports } from './ports.ts'
import type { DeviceReference } from './store.ts'
import { hashOf, newId, newToken, readToken } from './tokens.ts'

/** @returns the device's id, where this account knows it */
export async function knownDevice(
  ports: Ports,
  accountId: string,
  client: Client,
): Promise<string | undefined> {
  const reference = readToken(client.device)
  return reference?.accountId === accountId ? ports.store.device(reference) : undefined
}

/** A device to be known from now on, and the only sight of its token. */
export function newDevice(
  ports: Ports,
  accountId: string,
): DeviceReference & { readonly token: string } {
  const { accountId: _, ...token } = newToken(ports.random, accountId)
  return { id: newId(ports.random), ...token }
}

/**
 * What a ticket is bound to: the browser that the account knows, or else what a browser calls itself.
 * The former takes a secret to pretend, the latter does not; it keeps a ticket from wandering by mistake.
 */
export function browserOf(deviceId: string | undefined, { userAgent = '' }: Client): string {
  return deviceId ?? `unknown/${hashOf(userAgent)}`
}
