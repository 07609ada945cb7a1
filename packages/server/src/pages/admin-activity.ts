/** What administrators did, in words for the person whose account it is, and for their own record. */
import type { Event } from '@halfminute/engine'

const DONE: Readonly<Record<string, string>> = {
  'authenticator-removed': 'Authenticator removed',
  'second-factor-reset': 'Second factor reset',
  'session-ended': 'Session ended',
  'sessions-ended': 'All sessions ended',
  revoked: 'No longer an administrator, decided',
}

/** @returns undefined where no administrator had a part in it */
export function adminEventWords({ kind, result, factor }: Event): string | undefined {
  const [topic, what = ''] = kind.split(/\.(.*)/)
  if (topic !== 'admin') return undefined
  if (what === 'claimed') {
    return result === 'accepted' ? 'Became an administrator' : 'Wrong invitation for administrators'
  }
  if (what === 'invitation-used') return 'Invitation used: there is another administrator'
  if (what === 'invited') return 'Invited another administrator'
  // In an administrator's own record the factor says what was done, to whom; in a person's, by whom.
  const [first = ''] = (factor ?? '').split('/')
  if (what === 'acted') return `As an administrator: ${(DONE[first] ?? first).toLowerCase()}`
  return `${DONE[what] ?? what} by ${first === 'command' ? 'the operator' : 'an administrator'}`
}
