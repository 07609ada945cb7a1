/**
 * Who is asking, as far as the network tells. Promises: `X-Forwarded-For` counts only behind a proxy
 * that the operator has named (R17); otherwise the address is the socket's.
 */
import { BlockList, isIP } from 'node:net'
import type { Context } from 'hono'
import type { Client } from '@halfminute/engine'
import type { AppEnv } from './app-env.ts'

export type ClientReader = (c: Context<AppEnv>) => Client

/** @param trustedProxies addresses or CIDR blocks */
export function clientReader(trustedProxies: readonly string[]): ClientReader {
  const trusted = new BlockList()
  for (const entry of trustedProxies) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) trusted.addAddress(address, family)
    else trusted.addSubnet(address, Number(bits), family)
  }
  const isTrusted = (address: string) =>
    trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return (c) => {
    let source = plainAddress(c.env?.incoming?.socket.remoteAddress ?? '')
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim())
    // From the nearest hop outwards: the first one that is no proxy of ours is the client.
    while (source !== '' && isTrusted(source)) {
      const hop = plainAddress(hops.pop() ?? '')
      if (isIP(hop) === 0) break
      source = hop
    }
    return { source: source || undefined, userAgent: c.req.header('user-agent') }
  }
}

/** IPv4 as IPv4, also where the socket speaks IPv6. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}
