// Small comforts. Every page does its whole work without this file.
document.documentElement.classList.add('scripted')

const say = (button, text) => {
  const before = button.textContent
  button.textContent = text
  setTimeout(() => {
    button.textContent = before
  }, 2000)
}

for (const button of document.querySelectorAll('[data-copy]')) {
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
