/**
 * Network addresses as they are counted: what one subscriber usually holds is one source.
 * Promises: every spelling of an address counts as the same; what is no address counts as itself.
 */
import { isIP } from 'node:net'

/** An IPv4 address by itself (/32), an IPv6 address by its /64. */
export function networkOf(source: string | undefined): string | undefined {
  if (source === undefined || isIP(source) !== 6) return source
  const [address = ''] = source.split('%')
  const groups = groupsOf(address)
  // IPv4 in IPv6's clothes (RFC 4291 §2.5.5.2) is one address and not a network of all of them.
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return mappedIpv4(groups)
  return `${groups.slice(0, 4).join(':')}::/64`
}

/** The eight groups, without leading zeros. */
function groupsOf(address: string): string[] {
  // The one spelling that URLs allow (RFC 5952): lower case, no dots, the longest run of zeros as ::.
  const { hostname } = new URL(`http://[${address}]`)
  const [left = '', right] = hostname.slice(1, -1).split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after]
}

function mappedIpv4(groups: readonly string[]): string {
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 255])
    .join('.')
}
