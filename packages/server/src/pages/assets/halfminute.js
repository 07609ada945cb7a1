// Small comforts. Every page does its whole work without this file.
document.documentElement.classList.add('scripted')

const say = (button, text) => {
  button.dataset.label ??= button.textContent
  button.textContent = text
  setTimeout(() => {
    button.textContent = button.dataset.label
  }, 2000)
}

for (const button of document.querySelectorAll('[data-copy]')) {
  button.setAttribute('aria-live', 'polite')
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy)
    try {
      await navigator.clipboard.writeText(source.dataset.text)
      say(button, 'Copied')
    } catch {
      getSelection().selectAllChildren(source)
      say(button, 'Selected: press Ctrl+C')
    }
  })
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.addEventListener('click', () => print())
}

for (const button of document.querySelectorAll('[data-reveal]')) {
  const field = document.getElementById(button.dataset.reveal)
  const show = (shown) => {
    field.type = shown ? 'text' : 'password'
    button.firstChild.textContent = shown ? 'Hide' : 'Show'
  }
  button.addEventListener('click', () => show(field.type === 'password'))
  // Browsers keep and fill in only what is a password when it is sent.
  field.form.addEventListener('submit', () => show(false))
}

// The link in a mail carries its code behind the #, where no server sees it and no log keeps it.
for (const box of document.querySelectorAll('[data-from-link]')) {
  const field = box.querySelector('input')
  const takeOver = () => {
    if (location.hash.length < 2) return
    field.value = location.hash.slice(1)
    history.replaceState(null, '', location.pathname)
    box.hidden = true
    document.getElementById('password').focus()
  }
  takeOver()
  addEventListener('hashchange', takeOver)
}

// Moments are written in UTC; here they are told in the reader's own time.
for (const time of document.querySelectorAll('time')) {
  const style = 'hour' in time.dataset ? {} : { dateStyle: 'medium' }
  time.title = time.textContent
  time.textContent = new Date(time.dateTime).toLocaleString('en-GB', {
    ...style,
    timeStyle: 'short',
  })
}

// A second click while the first is under way would send a code twice.
for (const form of document.querySelectorAll('form[data-once]')) {
  form.addEventListener('submit', () => {
    for (const button of form.querySelectorAll('button')) button.disabled = true
  })
}

// Coming back with the back button shows the page as it was: let its buttons work again.
addEventListener('pageshow', (event) => {
  if (!event.persisted) return
  for (const button of document.querySelectorAll('form[data-once] button')) button.disabled = false
})
