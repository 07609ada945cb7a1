/** Work that comes again and again. Promises: never twice at once; a stop waits for what is under way. */
export interface Rounds {
  stop(): Promise<void>
}

export function rounds(
  milliseconds: number,
  work: () => Promise<void>,
  onFailure: (error: unknown) => void,
): Rounds {
  let running: Promise<void> | undefined
  const timer = setInterval(() => {
    running ??= work()
      .catch(onFailure)
      .finally(() => {
        running = undefined
      })
  }, milliseconds).unref()
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
