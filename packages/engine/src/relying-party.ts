/**
 * For whom passkeys are made: the site as browsers see it (WebAuthn: relying party).
 * Promises: an origin under which no browser would do it is refused at once, not at the first sign-in.
 */
import { isIP } from 'node:net'

export interface RelyingParty {
  /** The site's address, without a path, such as https://login.example.com. */
  readonly origin: string
  /** Its host name, or a domain above it. A passkey works under one of them alone, for ever. */
  readonly id: string
  /** Shown by the browser. */
  readonly name: string
}

export interface RelyingPartyOptions {
  readonly origin: string
  /** Default: the host name of `origin`. */
  readonly id?: string
  /** Default: the issuer. */
  readonly name?: string
}

/** Do browsers make passkeys there? With https, or on localhost; an address in numbers has no name. */
export function isPasskeyOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  const local = /^(.+\.)?localhost$/.test(url.hostname)
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && local)
  const named = isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0
  return secure && named && url.origin === origin
}

/** @throws RangeError */
export function acceptableRelyingParty(
  { origin, id, name }: RelyingPartyOptions,
  issuer: string,
): RelyingParty {
  if (!isPasskeyOrigin(origin)) {
    throw new RangeError('relyingParty.origin: expected https://NAME or http://localhost[:PORT]')
  }
  const { hostname } = new URL(origin)
  const own = id ?? hostname
  if (hostname !== own && !(own.includes('.') && hostname.endsWith(`.${own}`))) {
    throw new RangeError('relyingParty.id: expected the host name of the origin, or a domain above')
  }
  return { origin, id: own, name: name ?? issuer }
}
