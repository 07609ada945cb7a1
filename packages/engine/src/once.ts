/** Work done at the first call and shared by the later ones; a failure is forgotten and tried again. */
export function once<Answer>(work: () => Promise<Answer>): () => Promise<Answer> {
  let result: Promise<Answer> | undefined
  return () => {
    result ??= work().catch((error: unknown) => {
      result = undefined
      throw error
    })
    return result
  }
}
