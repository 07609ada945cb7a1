// Passkeys: the options from the server, the answer from the browser, and that sent with the form.
const { startAuthentication, startRegistration } = globalThis.SimpleWebAuthnBrowser
const ask = { create: startRegistration, get: startAuthentication }

const WORDS = {
  NotAllowedError: 'No passkey was used: it was called off, or took too long. Try again.',
  InvalidStateError: 'This device has a passkey for your account already.',
  SecurityError: 'Passkeys do not work at this address. Open the site by its own name.',
}

const say = (form, words) => {
  const note = document.createElement('div')
  note.className = 'note bad'
  note.append(document.createElement('p'))
  note.firstChild.textContent = words
  form.querySelector('[role=alert]').replaceChildren(note)
}

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const { passkey, options } = form.dataset
  // It is shown by a script, which may be later than the browser's own look for what to focus.
  form.querySelector('button[autofocus]')?.focus()
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    try {
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(options, { method: 'POST', headers, body: '{}' })
      if (answer.ok) {
        const optionsJSON = (await answer.json()).options
        form.elements.response.value = JSON.stringify(await ask[passkey]({ optionsJSON }))
      }
      // Without an answer as well: the server then says on a page what is in the way.
      form.submit()
    } catch (error) {
      say(form, WORDS[error.name] ?? 'This browser could not use a passkey. Use another way.')
      const button = form.querySelector('button.wide')
      button.disabled = false
      button.focus()
    }
  })
}
