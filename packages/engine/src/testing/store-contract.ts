/**
 * The contract of `store.ts` as tests: each sentence of its comments is one. Run it against a store of
 * your own before an engine relies on it.
 *
 * Promises: every test opens a store and closes it again, and asks nothing of it but the interface.
 */
import { describe } from 'node:test'
import type { Store } from '../store.ts'
import { accountTests } from './contract/accounts.ts'
import { adminSafetyTests } from './contract/admin-safety.ts'
import { adminTests } from './contract/admin.ts'
import { authenticatorTests } from './contract/authenticators.ts'
import { eventTests } from './contract/events.ts'
import { keyTests } from './contract/keys.ts'
import { outboxTests } from './contract/outbox.ts'
import { passkeyTests } from './contract/passkeys.ts'
import { passwordResetTests } from './contract/password-resets.ts'
import { recoveryCodeTests } from './contract/recovery-codes.ts'
import { sentCodeTests } from './contract/sent-codes.ts'
import { sessionTests } from './contract/sessions.ts'
import { signInTests } from './contract/sign-in.ts'
import { stepTests } from './contract/steps.ts'
import { tryTests } from './contract/tries.ts'
import { trustedBrowserTests } from './contract/trusted-browsers.ts'
import { onStoresOf } from './contract/with-store.ts'

/**
 * @param name stands before the tests' names
 * @param open a store on an empty database; called once for each test
 */
export function storeContract(name: string, open: () => Promise<Store> | Store): void {
  const withStore = onStoresOf(open)
  describe(`Store contract: ${name}`, () => {
    accountTests(withStore)
    keyTests(withStore)
    authenticatorTests(withStore)
    stepTests(withStore)
    passkeyTests(withStore)
    recoveryCodeTests(withStore)
    tryTests(withStore)
    signInTests(withStore)
    passwordResetTests(withStore)
    sessionTests(withStore)
    trustedBrowserTests(withStore)
    sentCodeTests(withStore)
    eventTests(withStore)
    outboxTests(withStore)
    adminTests(withStore)
    adminSafetyTests(withStore)
  })
}
