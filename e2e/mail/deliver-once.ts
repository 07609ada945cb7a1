/** Sends what is due, in a process of its own that a test may kill: `node deliver-once.ts '{"database":…}'`. */
import { createEngine, parseKeyring, sqliteStore } from '@halfminute/engine'
import { smtpMail } from 'halfminute'

export interface Delivering {
  readonly database: string
  /** As in a key file. */
  readonly keys: string
  readonly smtpUrl: string
  readonly nowSeconds: number
}

const SITE = {
  issuer: 'ACME',
  baseUrl: 'https://login.example.com',
  from: 'login@example.com',
}

/** An engine that sends by that mail server, with a clock of the caller's. */
export function engineOf({ database, keys, smtpUrl }: Delivering, nowSeconds: () => number) {
  return createEngine({
    store: sqliteStore(database),
    keyring: parseKeyring(keys),
    issuer: SITE.issuer,
    notify: { email: smtpMail({ ...SITE, smtpUrl }).send },
    clock: { nowSeconds },
  })
}

if (import.meta.main) {
  const delivering = JSON.parse(process.argv[2] ?? '{}') as Delivering
  await engineOf(delivering, () => delivering.nowSeconds).outbox.deliver()
}
