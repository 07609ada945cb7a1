/** A security key at the page's USB port, played by Chromium (DevTools protocol, domain WebAuthn). */
import type { CDPSession, Page } from 'playwright-core'
import { press } from './person.ts'

export interface SecurityKey {
  /** How many passkeys it holds. */
  count(): Promise<number>
  /** Puts the key back as it was before its newest answers, as a copy would be. */
  turnBack(): Promise<void>
  unplug(): Promise<void>
}

/** @param options `answers`: whether somebody touches it and knows its PIN */
export async function plugIn(page: Page, { answers = true } = {}): Promise<SecurityKey> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: answers,
      automaticPresenceSimulation: true,
    },
  })
  return {
    count: async () => (await credentialsOf(session, authenticatorId)).length,
    async turnBack() {
      for (const credential of await credentialsOf(session, authenticatorId)) {
        const { credentialId } = credential
        await session.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
        const earlier = { ...credential, signCount: 0 }
        await session.send('WebAuthn.addCredential', { authenticatorId, credential: earlier })
      }
    },
    async unplug() {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    },
  }
}

async function credentialsOf(session: CDPSession, authenticatorId: string) {
  const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
  return credentials
}

export async function addPasskey(page: Page): Promise<void> {
  await page.goto('/account/passkeys/new')
  await press(page, 'Add a passkey')
  await page.getByRole('status').getByText('Your new passkey works').waitFor()
}
